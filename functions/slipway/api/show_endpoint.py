"""ShowEndpoint: an endpoint of this stack, and which deployment put it there."""

from __future__ import annotations

from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.deployment import tags
from slipway.deployment.endpoint_status import pending_config
from slipway.deployment.settings import Settings
from slipway.deployment.timestamps import format_instant
from slipway.errors import NotFound

TOLD = {
    "Execution": tags.EXECUTION,
    "Artifact": tags.ARTIFACT,
    "DeployedAt": tags.DEPLOYED_AT,
}


def show_endpoint(name: str, sagemaker: SageMaker, settings: Settings) -> dict[str, Any]:
    """Return how an endpoint is. Raises `NotFound` for one that this stack did not deploy, too."""
    found = sagemaker.describe_endpoint(name)
    known = sagemaker.tags(found["EndpointArn"])
    if known.get(tags.STACK) != settings.stack_name:
        raise NotFound(f"The stack {settings.stack_name} has deployed no endpoint {name}.")
    return {
        "EndpointName": name,
        "EndpointArn": found["EndpointArn"],
        "EndpointStatus": found["EndpointStatus"],
        "EndpointConfigName": found.get("EndpointConfigName"),
        "PendingEndpointConfigName": pending_config(found),
        "FailureReason": found.get("FailureReason"),
        "CreatedAt": format_instant(found["CreationTime"]),
        "LastModifiedAt": format_instant(found["LastModifiedTime"]),
        "Deployment": {name: known.get(key) for name, key in TOLD.items()},
    }
