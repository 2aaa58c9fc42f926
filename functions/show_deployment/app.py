"""ShowDeployment: GET /deployments/{id} of the HTTP API."""

from collections.abc import Mapping
from typing import Any

from slipway.api.show_deployment import show_deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Parameters, http_handler


@http_handler
def handler(parameters: Parameters, services: Services) -> Mapping[str, Any]:
    """Take the deployment's id; return how far it is, or how it ended."""
    return show_deployment(parameters["id"], services.describe_execution, services.settings)
