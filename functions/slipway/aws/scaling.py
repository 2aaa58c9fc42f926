"""Application Auto Scaling of endpoint variants, over boto3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from slipway.aws.errors import aws_errors

INSTANCES = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}


class Scaling(Protocol):
    """Application Auto Scaling of the instance count of endpoint variants.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def registered(self, resource_ids: Sequence[str]) -> list[str]:
        """Return those of the resources that are scalable targets."""

    def deregister(self, resource_id: str) -> None:
        """End the scaling of a resource, with its policies. Raises `NotFound` for one that is not scaled."""


class Boto3Scaling:
    """Implements `slipway.hosting.scaling.Scaling`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def registered(self, resource_ids: Sequence[str]) -> list[str]:
        # An endpoint has ten variants at most, and a page holds fifty targets.
        with aws_errors():
            answer = self._client.describe_scalable_targets(**INSTANCES, ResourceIds=list(resource_ids))
        return [str(target["ResourceId"]) for target in answer["ScalableTargets"]]

    def deregister(self, resource_id: str) -> None:
        with aws_errors():
            self._client.deregister_scalable_target(**INSTANCES, ResourceId=resource_id)
