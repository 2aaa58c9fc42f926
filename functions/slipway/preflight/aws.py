"""SageMaker's quotas in Service Quotas, roles in IAM and alarms in CloudWatch, over boto3."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from slipway.aws.errors import aws_errors
from slipway.errors import NotFound

SERVICE = "sagemaker"
PAGE = 100  # quotas, the most a page holds; SageMaker has some thousands


class InstanceQuotas:
    """SageMaker's quotas of instances.

    Quotas are asked for by codes that AWS documents nowhere, so they are found by name once. Names and codes do not
    change and are kept as long as the object lives; values do, and are read each time.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._codes: dict[str, str] = {}
        self._all_seen = False

    def quota(self, name: str) -> int | None:
        """Return how many instances a quota allows, such as `ml.m5.large for endpoint usage`; None if not listed."""
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


def trust_policy_of(client: Any, role_arn: str) -> Mapping[str, Any]:
    """Return a role's trust policy. Raises `NotFound`, and what any call may."""
    with aws_errors():
        role = client.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
    if role["Arn"] != role_arn:  # a name is unique in an account, whatever its path
        raise NotFound(role_arn)
    document = role["AssumeRolePolicyDocument"]
    # URL-encoded JSON on the wire, which botocore decodes where it recognises it.
    policy: Mapping[str, Any] = json.loads(unquote(document)) if isinstance(document, str) else document
    return policy


def alarm_states(client: Any, names: Sequence[str]) -> dict[str, str]:
    """Return the state of each alarm that exists, by name: OK, ALARM or INSUFFICIENT_DATA. At most 100 names."""
    with aws_errors():
        answer = client.describe_alarms(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100
        )
    found = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}
