"""Service Quotas of SageMaker's instances for endpoints and transform jobs: ListServiceQuotas and GetServiceQuota.

moto's backend has no SageMaker and cannot list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any

import botocore.session

from slipway_local.json_protocol import JsonProtocol, ServiceError

# What a type has that no InstanceLimits names. AWS's own defaults are 0 for most types: a laptop has no bill to fear.
GENEROUS = 1000.0


# What instances are for, as the names of quotas have it, and the shape of the instance types that can be.
USAGES = {"endpoint usage": "ProductionVariantInstanceType", "transform job usage": "TransformInstanceType"}


@cache
def instance_types(usage: str) -> frozenset[str]:
    """Return the instance types that endpoints, or transform jobs, can have."""
    model = botocore.session.Session().get_service_model("sagemaker")
    return frozenset(model.shape_for(USAGES[usage]).enum)


def all_quotas(limits: Mapping[str, int], region: str, account_id: str) -> list[dict[str, Any]]:
    """Return every quota as Service Quotas describes it; a limit that was set holds for each usage of its type."""
    known = [(name, usage) for usage in USAGES for name in sorted({*instance_types(usage), *limits})]
    values = [(f"{name} for {usage}", float(limits.get(name, GENEROUS))) for name, usage in known]
    return [_quota(name, value, region, account_id) for name, value in values]


def _quota(name: str, value: float, region: str, account_id: str) -> dict[str, Any]:
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


TARGET_PREFIX = "ServiceQuotasV20190624."
MAX_A_PAGE = 100


class ServiceQuotas(JsonProtocol):
    """A service of the engine; `limits` is called for each request, so that SageMaker and Service Quotas agree."""

    def __init__(self, limits: Callable[[], Mapping[str, int]], *, region: str, account_id: str) -> None:
        super().__init__(TARGET_PREFIX, self.call)
        self._limits = limits
        self._region = region
        self._account_id = account_id
        self._operations = {"ListServiceQuotas": self._list, "GetServiceQuota": self._get}

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Perform one operation. Raises `ServiceError`."""
        if operation not in self._operations:
            raise ServiceError("UnknownOperationException", f"The local Service Quotas has no {operation}.", 404)
        return self._operations[operation](_of_sagemaker(params))

    def reset(self) -> None:
        """Forget nothing: the limits are the local SageMaker's."""

    def get_state(self) -> None:
        """Return nothing to keep."""

    def _list(self, params: Mapping[str, Any]) -> dict[str, Any]:
        token, length = params.get("NextToken", "0"), int(params.get("MaxResults", MAX_A_PAGE))
        if not token.isdecimal():
            raise ServiceError("InvalidPaginationTokenException", "Invalid token provided for paginated request.")
        quotas, start = self._quotas(), int(token)
        page: dict[str, Any] = {"Quotas": quotas[start : start + length]}
        return page | ({"NextToken": str(start + length)} if start + length < len(quotas) else {})

    def _get(self, params: Mapping[str, Any]) -> dict[str, Any]:
        found = [quota for quota in self._quotas() if quota["QuotaCode"] == params.get("QuotaCode")]
        if not found:
            raise ServiceError(
                "NoSuchResourceException", "The request failed because the specified quota does not exist."
            )
        return {"Quota": found[0]}

    def _quotas(self) -> list[dict[str, Any]]:
        return all_quotas(self._limits(), self._region, self._account_id)


def _of_sagemaker(params: dict[str, Any]) -> dict[str, Any]:
    if params.get("ServiceCode") != "sagemaker":
        raise ServiceError(
            "NoSuchResourceException", "The request failed because the specified service does not exist."
        )
    return params
