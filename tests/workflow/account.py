"""What the account holds beside models: the execution role of the template, and a quota of instances."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest

from tests.workflow.deployed_stack import role_arn, trust_policy
from tests.workflow.faults import Call

Answer = tuple[int, dict[str, str], bytes]
QUOTA = {
    "ServiceCode": "sagemaker",
    "QuotaCode": "L-11111111",
    "QuotaName": "ml.m5.large for endpoint usage",
    "Value": 1000.0,
}


def answer(call: Call, request: AWSPreparedRequest) -> Answer | None:
    """Answer what is asked of IAM and Service Quotas; None for anything else."""
    if call.name == "iam:GetRole":
        return 200, {"Content-Type": "text/xml"}, _role().encode()
    if call.name == "service-quotas:ListServiceQuotas":
        return _json({"Quotas": [QUOTA]})
    if call.name == "service-quotas:GetServiceQuota":
        return _json({"Quota": QUOTA})
    return None


def _role() -> str:
    arn, document = role_arn(), escape(quote(json.dumps(trust_policy())))
    name = arn.rpartition("/")[2]
    fields = (
        f"<RoleName>{name}</RoleName><Arn>{arn}</Arn><AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>"
    )
    return f"<GetRoleResponse><GetRoleResult><Role>{fields}</Role></GetRoleResult></GetRoleResponse>"


def _json(document: dict[str, Any]) -> Answer:
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(document).encode()
