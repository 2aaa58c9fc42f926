"""The quotas `<instance type> for endpoint usage`, one for every type that SageMaker's API model has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

import botocore.session

# What a type has that no InstanceLimits names. AWS's own defaults are 0 for most types: a laptop has no bill to fear.
GENEROUS = 1000.0


@cache
def instance_types() -> list[str]:
    """Return the instance types that endpoints can have."""
    model = botocore.session.Session().get_service_model("sagemaker")
    return sorted(model.shape_for("ProductionVariantInstanceType").enum)


def all_quotas(limits: Mapping[str, int], region: str, account_id: str) -> list[dict[str, Any]]:
    """Return every quota as Service Quotas describes it, given the limits that were set."""
    known = {*instance_types(), *limits}
    return [_quota(name, float(limits.get(name, GENEROUS)), region, account_id) for name in sorted(known)]


def _quota(instance_type: str, value: float, region: str, account_id: str) -> dict[str, Any]:
    name = f"{instance_type} for endpoint usage"
    code = f"L-{sha256(name.encode()).hexdigest()[:8].upper()}"  # AWS's are of this form and follow no known rule
    return {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": f"arn:aws:servicequotas:{region}:{account_id}:sagemaker/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }
