"""CreateEndpointConfig: the hosting settings under a content-addressed name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.deployment import Deployment
from slipway.deployment.tags import tags_of_config, tags_of_listing, tags_of_message
from slipway.hosting.requests import endpoint_config_request
from slipway.hosting.resource_kinds import create_or_find, endpoint_configs


class CreateEndpointConfigOutput(TypedDict):
    """The endpoint configuration that now exists."""

    EndpointConfigName: str
    EndpointConfigArn: str


def create_endpoint_config(
    deployment: Deployment, models: Sequence[str], sagemaker: SageMaker
) -> CreateEndpointConfigOutput:
    """Create the configuration of these models, one for each variant, or find what this content has made before.

    Raises `EndpointConfigNameTaken` when one of this name is another one, and `NotFound` while the model is not
    visible to SageMaker yet.
    """
    request = endpoint_config_request(deployment.plan, models)
    described = [*tags_of_config(request), *tags_of_listing(deployment.artifact), *tags_of_message(deployment.plan)]
    tags = [*deployment.tags, *described]
    arn = create_or_find(endpoint_configs(sagemaker), request, tags, sagemaker)
    return CreateEndpointConfigOutput(EndpointConfigName=request["EndpointConfigName"], EndpointConfigArn=arn)
