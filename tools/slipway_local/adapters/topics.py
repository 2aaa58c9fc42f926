"""SNS as SageMaker publishes to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


class SnsTopics:
    """SNS over a boto3 client; `as_role` makes the clients of roles, where IAM is enforced."""

    def __init__(self, client: Any, as_role: Callable[[str], Any] | None = None) -> None:
        self._sns = client
        self._as_role = as_role

    def publish(self, topic_arn: str, message: str, role_arn: str | None) -> None:
        """Publish a message. Raises `OSError` where SNS refuses it."""
        sns = self._sns if role_arn is None or self._as_role is None else self._as_role(role_arn)
        try:
            sns.publish(TopicArn=topic_arn, Message=message)
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"{topic_arn} took no message: {error}") from error
