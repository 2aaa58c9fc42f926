"""ShowEndpoint: GET /endpoints/{name} of the HTTP API."""

from collections.abc import Mapping
from typing import Any

from slipway.answering import Parameters, answering
from slipway.bootstrap import Services
from slipway.use_cases.show_endpoint import show_endpoint


@answering
def handler(parameters: Parameters, services: Services) -> Mapping[str, Any]:
    """Take the endpoint's name; return what it serves and how it is."""
    return show_endpoint(parameters["name"], services.sagemaker, services.settings)
