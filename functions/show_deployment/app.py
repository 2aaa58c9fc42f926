"""ShowDeployment: GET /deployments/{id} of the HTTP API."""

from collections.abc import Mapping
from typing import Any

from slipway.answering import Parameters, answering
from slipway.bootstrap import Services
from slipway.use_cases.show_deployment import show_deployment


@answering
def handler(parameters: Parameters, services: Services) -> Mapping[str, Any]:
    """Take the deployment's id; return how far it is, or how it ended."""
    return show_deployment(parameters["id"], services.executions, services.settings)
