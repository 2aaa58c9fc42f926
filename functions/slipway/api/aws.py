"""Step Functions' executions, over boto3."""

from __future__ import annotations

from typing import Any

from slipway.aws.errors import aws_errors


class Boto3Executions:
    """Implements `slipway.api.show_deployment.Executions`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def describe(self, arn: str) -> dict[str, Any]:
        with aws_errors():
            answer: dict[str, Any] = self._client.describe_execution(executionArn=arn)
        return answer
