"""The kinds of hosting of an endpoint, and which of them an update may change."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from slipway.errors import HostingCannotChange


class HostingKind(StrEnum):
    """How an endpoint configuration hosts its model."""

    INSTANCES = "real-time inference on instances"
    SERVERLESS = "serverless inference"
    ASYNCHRONOUS = "asynchronous inference"
    COMPONENTS = "inference components"


# The sources of what is left out: developer guide, "Update a serverless endpoint" (instances to serverless is refused);
# sagemaker-python-sdk pull request 3124 ("The AsyncInferenceConfig parameter cannot be removed from this endpoint").
# No source describes the way to asynchronous inference, from serverless to it, or to and from inference components.
CHANGES = {(HostingKind.SERVERLESS, HostingKind.INSTANCES)}


def hosting_kind(config: Mapping[str, Any]) -> HostingKind:
    """Return the kind of a CreateEndpointConfig request, or of DescribeEndpointConfig's response."""
    if config.get("AsyncInferenceConfig"):
        return HostingKind.ASYNCHRONOUS
    if any("ModelName" not in variant for variant in config["ProductionVariants"]):
        return HostingKind.COMPONENTS  # API, ProductionVariant.ModelName: absent where components are to be hosted
    is_serverless = any("ServerlessConfig" in variant for variant in config["ProductionVariants"])
    return HostingKind.SERVERLESS if is_serverless else HostingKind.INSTANCES


def check_instances_of_components(endpoint_name: str, current: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Check that an endpoint of inference components keeps its instance type. Raises `HostingCannotChange`.

    sample-auto-extract-ai-ocr-app pull request 66: "Cannot update endpoint with a different instance type for endpoints
    to which you plan to deploy Inference Components."
    """
    before, after = _instances(current), _instances(wanted)
    if hosting_kind(wanted) == HostingKind.COMPONENTS and before != after:
        raise HostingCannotChange(
            f"EndpointName is {endpoint_name}, an endpoint of inference components on {before}. SageMaker does not "
            f"change it to {after}: deploy under another EndpointName, or delete the endpoint first."
        )


def _instances(config: Mapping[str, Any]) -> str:
    pools = [variant.get("InstancePools", [variant]) for variant in config["ProductionVariants"]]
    return " and ".join(sorted({str(pool.get("InstanceType")) for of_variant in pools for pool in of_variant}))


def check_change(endpoint_name: str, current: HostingKind, wanted: HostingKind) -> None:
    """Check that UpdateEndpoint may change one kind into the other. Raises `HostingCannotChange`."""
    if current != wanted and (current, wanted) not in CHANGES:
        raise HostingCannotChange(
            f"EndpointName is {endpoint_name}, an endpoint with {current}. SageMaker does not change it to {wanted}: "
            "deploy under another EndpointName, or delete the endpoint first."
        )
