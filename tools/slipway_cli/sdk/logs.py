"""The log of an endpoint's containers: every stream of every variant and instance, in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slipway.failure.aws import LOG_GROUP
from slipway_cli.sdk.endpoints import describe_endpoint
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target

# CloudWatch Logs takes a log event's time from the agent: one may come in after a later one has been seen.
LATE = 10_000  # milliseconds
NOT_THERE = "ResourceNotFoundException"


class NothingLogged(ClientError):
    """The endpoint's containers have written no log."""


@dataclass(frozen=True)
class LogLine:
    """One line, and when it was written; `stream` is `<variant>/<instance>`."""

    moment: datetime
    stream: str
    message: str


class EndpointLog:
    """One endpoint's log group."""

    def __init__(self, target: Target, endpoint_name: str) -> None:
        self._target = target
        self._endpoint_name = endpoint_name
        self._client: Any = target.client("logs")

    def lines(self, since: datetime) -> Iterator[LogLine]:
        """Yield what was written since an instant. Raises `EndpointNotFound` or `NothingLogged`."""
        return (_line(event) for event in self._events(_milliseconds(since)))

    def follow(self, since: datetime, pause: Callable[[], None]) -> Iterator[LogLine]:
        """Yield what was and is being written, without an end. Raises as `lines`, at the beginning."""
        start, seen = _milliseconds(since), dict[str, int]()
        while True:
            for event in self._events(start):
                if event["eventId"] not in seen:
                    seen[event["eventId"]] = event["timestamp"]
                    yield _line(event)
            start = max(start, max(seen.values(), default=start) - LATE)
            seen = {event: moment for event, moment in seen.items() if moment >= start}
            pause()

    def _events(self, start: int) -> Iterator[dict[str, Any]]:
        from botocore.exceptions import ClientError as AwsError  # noqa: PLC0415 - the SDK is imported when it is asked

        # AWS mixes the streams by time whether asked to or not; others do when asked.
        request = {"logGroupName": LOG_GROUP.format(self._endpoint_name), "startTime": start, "interleaved": True}
        try:
            for page in self._client.get_paginator("filter_log_events").paginate(**request):
                yield from page["events"]
        except AwsError as error:
            if error.response["Error"]["Code"] != NOT_THERE:
                raise
            raise self._nothing() from error

    def _nothing(self) -> NothingLogged:
        status = describe_endpoint(self._target, self._endpoint_name).status
        return NothingLogged(
            f"The containers of {self._endpoint_name} have written no log yet: the endpoint is {status}; "
            f"`slipway explain {self._endpoint_name}` explains a failure."
        )


def _line(event: dict[str, Any]) -> LogLine:
    moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    return LogLine(moment, event["logStreamName"], event["message"].rstrip("\r\n"))


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
