"""ListServiceQuotas and GetServiceQuota over AWS JSON 1.1. moto's backend has no SageMaker and cannot list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.json_protocol import JsonProtocol, ServiceError
from slipway_local.service_quotas.quotas import all_quotas

TARGET_PREFIX = "ServiceQuotasV20190624."
MAX_A_PAGE = 100


class ServiceQuotas(JsonProtocol):
    """A service of the engine; `limits` is asked anew for each request, so that both SageMaker and this obey it."""

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
