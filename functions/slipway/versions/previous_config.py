"""What an endpoint goes back to when a deployment of it does not pass its smoke test."""

from __future__ import annotations

from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_reader import TagReader
from slipway.deployment.tags import ENDPOINT, ENDPOINT_CONFIG, IN_SERVICE_AT
from slipway.errors import NotFound


def previous_config(endpoint: dict[str, Any], wanted: str, sagemaker: SageMaker, tags: TagReader) -> str | None:
    """Return the configuration that served before the wanted one; None where none did.

    That is the one in place - unless it is the wanted one already (an update whose answer was lost), or one of a
    deployment of ours that has not passed its test: then the endpoint's tags name the last that did. That one in place
    has passed, its own tags say, whatever the endpoint's say: those may have been refused.
    """
    current = str(endpoint["EndpointConfigName"])
    proven = tags.of(endpoint["EndpointArn"]).get(ENDPOINT_CONFIG)
    if current == wanted:
        return proven if proven != wanted else None
    if proven in (None, current, wanted) or not _is_unproven(current, sagemaker, tags):
        return current
    return proven


def _is_unproven(config_name: str, sagemaker: SageMaker, tags: TagReader) -> bool:
    try:
        found = tags.of(sagemaker.describe_endpoint_config(config_name)["EndpointConfigArn"])
    except NotFound:
        return True  # it is gone: there is nothing to go back to under its name
    return ENDPOINT in found and IN_SERVICE_AT not in found
