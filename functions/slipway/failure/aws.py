"""The log of an endpoint's containers, over boto3."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from slipway.aws.errors import aws_errors
from slipway.errors import NotFound

# Documented in "Logging with CloudWatch" of the SageMaker developer guide; streams are <variant>/<instance id>.
LOG_GROUP = "/aws/sagemaker/Endpoints/{}"


class CloudWatchEndpointLogs:
    """Implements `slipway.failure.explain_failure.EndpointLogs`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def tail(self, endpoint_name: str, since: str, lines: int) -> list[str]:
        # The stream that was written to last is the one that counts.
        group = LOG_GROUP.format(endpoint_name)
        start = int(datetime.fromisoformat(since.replace("Z", "+00:00")).timestamp() * 1000)
        try:
            with aws_errors():
                stream = self._last_stream(group)
                return self._tail(group, stream, start, lines) if stream else []
        except NotFound:
            return []  # no log group: the container never started

    def _last_stream(self, group: str) -> str | None:
        answer = self._client.describe_log_streams(
            logGroupName=group, orderBy="LastEventTime", descending=True, limit=1
        )
        return next((str(stream["logStreamName"]) for stream in answer["logStreams"]), None)

    def _tail(self, group: str, stream: str, start: int, lines: int) -> list[str]:
        answer = self._client.get_log_events(
            logGroupName=group, logStreamName=stream, startTime=start, limit=lines, startFromHead=False
        )
        return [str(event["message"]).rstrip() for event in answer["events"]]
