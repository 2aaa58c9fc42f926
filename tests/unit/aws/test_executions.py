"""Step Functions' executions over boto3, answered by botocore's own stubber."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from slipway.aws.executions import describe_execution
from slipway.errors import AccessDenied, AwsRefused, NotFound, ServiceThrottled, SlipwayError

ARN = "arn:aws:states:us-east-1:111122223333:execution:Deploy:one"
ANSWER = {
    "executionArn": ARN,
    "stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:Deploy",
    "status": "RUNNING",
    "startDate": datetime(2026, 11, 22, tzinfo=UTC),
}


def stubbed() -> tuple[Any, Stubber]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("stepfunctions", region_name="us-east-1", **keys)
    return client, Stubber(client)


def test_an_execution_is_described() -> None:
    client, stubber = stubbed()
    stubber.add_response("describe_execution", ANSWER, {"executionArn": ARN})

    with stubber:
        assert describe_execution(client, ARN)["status"] == "RUNNING"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ExecutionDoesNotExist", NotFound),
        ("InvalidArn", AwsRefused),
        ("AccessDeniedException", AccessDenied),
        ("ThrottlingException", ServiceThrottled),
    ],
)
def test_aws_s_errors_are_ours(code: str, error: type[SlipwayError]) -> None:
    client, stubber = stubbed()
    stubber.add_client_error("describe_execution", code, "Execution Does Not Exist", http_status_code=400)

    with stubber, pytest.raises(error):
        describe_execution(client, ARN)
