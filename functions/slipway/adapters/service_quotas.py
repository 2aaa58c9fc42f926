"""SageMaker's quotas in Service Quotas, over boto3."""

from __future__ import annotations

from typing import Any

from slipway.adapters.aws_errors import aws_errors
from slipway.errors import NotFound

SERVICE = "sagemaker"
PAGE = 100  # quotas, the most a page holds; SageMaker has some thousands


class Boto3InstanceQuotas:
    """Implements `slipway.use_cases.check_account.InstanceQuotas`.

    Quotas are asked for by codes that AWS documents nowhere, so they are found by name once. Names and codes do not
    change and are kept as long as the object lives; values do, and are read each time.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._codes: dict[str, str] = {}
        self._all_seen = False

    def endpoint_usage(self, instance_type: str) -> int | None:
        """See the port."""
        name = f"{instance_type} for endpoint usage"
        with aws_errors():
            found = self._by_code(self._codes[name]) if name in self._codes else self._by_name(name)
        # Service Quotas leaves the value out when it could not ask the service.
        return int(found["Value"]) if "Value" in found else None

    def _by_code(self, code: str) -> dict[str, Any]:
        try:
            with aws_errors():
                answer: dict[str, Any] = self._client.get_service_quota(ServiceCode=SERVICE, QuotaCode=code)
        except NotFound:
            return {}
        return dict(answer["Quota"])

    def _by_name(self, name: str) -> dict[str, Any]:
        if self._all_seen:
            return {}
        pages = self._client.get_paginator("list_service_quotas")
        for page in pages.paginate(ServiceCode=SERVICE, PaginationConfig={"PageSize": PAGE}):
            quotas = {quota["QuotaName"]: quota for quota in page["Quotas"]}
            self._codes |= {found: quota["QuotaCode"] for found, quota in quotas.items()}
            if name in quotas:
                return dict(quotas[name])
        self._all_seen = True
        return {}
