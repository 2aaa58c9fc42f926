"""Versions of an endpoint are listed page by page, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import Stubber

from slipway.aws.sagemaker import Boto3SageMaker

FIRST_PAGE = {"NameContains": "digits-", "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 100}


def page(*names: str, **fields: str) -> dict[str, Any]:
    """Return an answer of ListEndpointConfigs."""
    arn, created = "arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/", datetime(2026, 11, 1, tzinfo=UTC)
    configs = [
        {"EndpointConfigName": name, "EndpointConfigArn": f"{arn}{name}", "CreationTime": created} for name in names
    ]
    return {"EndpointConfigs": configs, **fields}


def test_all_pages_are_read() -> None:
    client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    with Stubber(client) as stub:
        stub.add_response("list_endpoint_configs", page("digits-3", "digits-2", NextToken="more"), FIRST_PAGE)
        stub.add_response("list_endpoint_configs", page("digits-1"), {**FIRST_PAGE, "NextToken": "more"})

        names = Boto3SageMaker(client).list_endpoint_configs("digits-")

        stub.assert_no_pending_responses()
    assert names == ["digits-3", "digits-2", "digits-1"]
