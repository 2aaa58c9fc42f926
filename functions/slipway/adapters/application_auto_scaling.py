"""Application Auto Scaling of endpoint variants, over boto3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slipway.adapters.aws_errors import aws_errors

INSTANCES = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}


class Boto3Scaling:
    """Implements `slipway.use_cases.scaling.Scaling`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def registered(self, resource_ids: Sequence[str]) -> list[str]:
        """See the port: an endpoint has ten variants at most, and a page holds fifty targets."""
        with aws_errors():
            answer = self._client.describe_scalable_targets(**INSTANCES, ResourceIds=list(resource_ids))
        return [str(target["ResourceId"]) for target in answer["ScalableTargets"]]

    def deregister(self, resource_id: str) -> None:
        """See the port."""
        with aws_errors():
            self._client.deregister_scalable_target(**INSTANCES, ResourceId=resource_id)
