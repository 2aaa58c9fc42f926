"""CreateEndpointConfig: the hosting settings under a content-addressed name."""

from __future__ import annotations

from typing import Any, TypedDict

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.plan import Artifact, Execution, Plan
from slipway.deployment.settings import Settings
from slipway.deployment.tags import tags_of, tags_of_config
from slipway.errors import AlreadyExists, EndpointConfigNameTaken, NotFound, NotVisibleYet
from slipway.hosting.refresh_requested_at import refresh_requested_at
from slipway.hosting.requests import agrees, endpoint_config_request


class EndpointConfig(TypedDict):
    """The endpoint configuration that now exists."""

    EndpointConfigName: str
    EndpointConfigArn: str


def create_endpoint_config(
    plan: Plan,
    model_name: str,
    artifact: Artifact,
    execution: Execution,
    sagemaker: SageMaker,
    settings: Settings,
) -> EndpointConfig:
    """Create the configuration, or find it made already by this content.

    Raises `EndpointConfigNameTaken` when one of this name is another one, and `NotVisibleYet` while the model is not
    seen by SageMaker yet.
    """
    request = endpoint_config_request(plan, model_name)
    name = request["EndpointConfigName"]
    tags = [*tags_of(plan, execution, settings.stack_name, artifact), *tags_of_config(request)]
    try:
        arn = sagemaker.create_endpoint_config(request, tags)
    except AlreadyExists:
        found = _found(name, sagemaker)
        if not agrees(request, found):
            raise EndpointConfigNameTaken(
                f"An endpoint configuration named {name} exists and is not the one wanted: somebody else made it; "
                "delete or rename it."
            ) from None
        arn = found["EndpointConfigArn"]
        refresh_requested_at(arn, tags, sagemaker)
    return EndpointConfig(EndpointConfigName=name, EndpointConfigArn=arn)


def _found(name: str, sagemaker: SageMaker) -> dict[str, Any]:
    try:
        return sagemaker.describe_endpoint_config(name)
    except NotFound as gone:
        # It was there a moment ago: not visible to this read yet, or deleted by a deployment that failed.
        raise NotVisibleYet(f"{name} exists and cannot be read yet.") from gone
