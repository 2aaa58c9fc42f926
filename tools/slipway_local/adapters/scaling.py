"""Application Auto Scaling as SageMaker reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class ApplicationAutoScalingTargets:
    """`ScalableTargets` over a boto3 Application Auto Scaling client."""

    def __init__(self, client: Any) -> None:
        self._scaling = client

    def scaled_variants(self, endpoint_name: str) -> frozenset[str]:
        """Return the names of an endpoint's variants that are scalable targets."""
        return frozenset(resource.rpartition("/")[2] for resource, _ in self._targets(endpoint_name))

    def deregister(self, endpoint_name: str) -> None:
        """Take an endpoint's variants off."""
        for resource, dimension in list(self._targets(endpoint_name)):
            self._scaling.deregister_scalable_target(
                ServiceNamespace="sagemaker", ResourceId=resource, ScalableDimension=dimension
            )

    def _targets(self, endpoint_name: str) -> Iterator[tuple[str, str]]:
        pages = self._scaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="sagemaker")
        prefix = f"endpoint/{endpoint_name}/variant/"
        for page in pages:
            for target in page["ScalableTargets"]:
                if target["ResourceId"].startswith(prefix):
                    yield target["ResourceId"], target["ScalableDimension"]
