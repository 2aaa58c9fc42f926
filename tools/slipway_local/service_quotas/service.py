"""ListServiceQuotas and GetServiceQuota over AWS JSON 1.1. moto's backend has no SageMaker and cannot list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.service_quotas.quotas import all_quotas

TARGET_PREFIX = "ServiceQuotasV20190624."
MOST_A_PAGE = 100
Response = tuple[int, dict[str, str], bytes]


class QuotasError(Exception):
    """An answer that is an error of Service Quotas, by its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ServiceQuotas:
    """A service of the engine; `limits` is asked anew for each request, so that both SageMaker and this obey it."""

    def __init__(self, limits: Callable[[], Mapping[str, int]], *, region: str, account_id: str) -> None:
        self._limits = limits
        self._region = region
        self._account_id = account_id
        self._operations = {"ListServiceQuotas": self._list, "GetServiceQuota": self._get}

    async def handle_request(
        self,
        method: str,  # noqa: ARG002 - MiniStack hands it to every service; here it is always POST
        path: str,  # noqa: ARG002 - always /
        headers: Mapping[str, str],
        body: bytes,
        query_params: object,  # noqa: ARG002 - this protocol has none
    ) -> Response:
        """Answer one request; the work is done in a thread."""
        return await asyncio.to_thread(self.answer, headers, body)

    def answer(self, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one request; errors are `{"__type": code, "message": text}`."""
        target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
        try:
            return _response(200, self._operation(target)(_of_sagemaker(json.loads(body or b"{}"))))
        except QuotasError as error:
            return _response(400, {"__type": error.code, "message": str(error)})

    def reset(self) -> None:
        """Forget nothing: the limits are the local SageMaker's."""

    def get_state(self) -> None:
        """Return nothing to keep."""

    def _operation(self, target: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        name = target.removeprefix(TARGET_PREFIX)
        if name not in self._operations:
            raise QuotasError("UnknownOperationException", f"The local Service Quotas has no {target}.")
        return self._operations[name]

    def _list(self, params: Mapping[str, Any]) -> dict[str, Any]:
        token, length = params.get("NextToken", "0"), int(params.get("MaxResults", MOST_A_PAGE))
        if not token.isdecimal():
            raise QuotasError("InvalidPaginationTokenException", "Invalid token provided for paginated request.")
        quotas, start = self._quotas(), int(token)
        page: dict[str, Any] = {"Quotas": quotas[start : start + length]}
        return page | ({"NextToken": str(start + length)} if start + length < len(quotas) else {})

    def _get(self, params: Mapping[str, Any]) -> dict[str, Any]:
        found = [quota for quota in self._quotas() if quota["QuotaCode"] == params.get("QuotaCode")]
        if not found:
            raise QuotasError(
                "NoSuchResourceException", "The request failed because the specified quota does not exist."
            )
        return {"Quota": found[0]}

    def _quotas(self) -> list[dict[str, Any]]:
        return all_quotas(self._limits(), self._region, self._account_id)


def _of_sagemaker(params: dict[str, Any]) -> dict[str, Any]:
    if params.get("ServiceCode") != "sagemaker":
        raise QuotasError("NoSuchResourceException", "The request failed because the specified service does not exist.")
    return params


def _response(status: int, answer: Mapping[str, Any]) -> Response:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()
