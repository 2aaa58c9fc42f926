"""Step Functions' executions, over boto3."""

from __future__ import annotations

from typing import Any

from slipway.aws.errors import aws_errors


def describe_execution(client: Any, arn: str) -> dict[str, Any]:
    """Return DescribeExecution's answer. Raises `NotFound`, `AccessDenied` and what any call may raise."""
    with aws_errors():
        answer: dict[str, Any] = client.describe_execution(executionArn=arn)
    return answer
