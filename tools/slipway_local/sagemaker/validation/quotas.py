"""Service Quotas of endpoint instances, where a limit was set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.models import Endpoint, Variant


def exceeded(quota: str, limit: int, used: int, delta: int, unit: str = "Instances") -> str:
    """Return AWS's text of a ResourceLimitExceeded."""
    return (
        f"The account-level service limit '{quota}' is {limit} {unit}, with current utilization of "
        f"{used} {unit} and a request delta of {delta} {unit}. Please use AWS Service Quotas to request "
        "an increase for this quota. If AWS Service Quotas is not available, contact AWS support to "
        "request an increase for this quota."
    )


def check(limits: Mapping[str, int], endpoints: Iterable[Endpoint], wanted: Iterable[Variant]) -> None:
    """Raise `SageMakerError` (ResourceLimitExceeded) if an instance type's limit is too small.

    An update is counted as a whole new fleet beside the old one, which is what blue/green needs.
    """
    used: Counter[str] = Counter()
    for endpoint in endpoints:
        pending = endpoint.deployment.variants if endpoint.deployment else []
        used.update(_instances([*endpoint.variants, *(v for v in pending if v not in endpoint.variants)]))
    for instance_type, delta in _instances(wanted).items():
        limit = limits.get(instance_type)
        if limit is not None and used[instance_type] + delta > limit:
            text = exceeded(f"{instance_type} for endpoint usage", limit, used[instance_type], delta)
            raise SageMakerError("ResourceLimitExceeded", text)


def _instances(variants: Iterable[Variant]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for variant in variants:
        instance_type = variant.instance_type or variant.request.get("InstanceType")
        if instance_type:
            counted[instance_type] += variant.desired_count
    return counted
