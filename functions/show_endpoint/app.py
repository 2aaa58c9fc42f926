"""ShowEndpoint: GET /endpoints/{name} of the HTTP API."""

from collections.abc import Mapping
from typing import Any

from slipway.api.show_endpoint import show_endpoint
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Parameters, http_handler


@http_handler
def handler(parameters: Parameters, services: Services) -> Mapping[str, Any]:
    """Take the endpoint's name; return what it serves and how it is."""
    return show_endpoint(parameters["name"], services.sagemaker, services.settings)
