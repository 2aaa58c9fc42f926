"""ShowEndpoint: an endpoint of this stack, and which deployment put it there."""

from __future__ import annotations

from typing import Any

from slipway.domain import tags
from slipway.domain.endpoint import pending_config
from slipway.domain.idle_deletion import instant_shown
from slipway.errors import NotFound
from slipway.settings import Settings
from slipway.use_cases.sagemaker_port import SageMaker

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
        "CreatedAt": instant_shown(found["CreationTime"]),
        "LastModifiedAt": instant_shown(found["LastModifiedTime"]),
        "Deployment": {name: known.get(key) for name, key in TOLD.items()},
    }
