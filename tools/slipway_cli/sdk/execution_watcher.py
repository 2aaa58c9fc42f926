"""Watch an execution until its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ConnectionError as AwsConnectionError
from botocore.exceptions import HTTPClientError

from slipway.aws.sagemaker import Boto3SageMaker
from slipway.deployment.endpoint_status import pending_config
from slipway.errors import NotFound, NotYet, SlipwayError
from slipway.hosting.durations import expected_seconds
from slipway_cli.sdk.executions import Execution, describe_execution, events_after, execution_of
from slipway_cli.sdk.target import Target

# Pauses in a row without an answer: a lost network comes back, an expired login does not.
MAX_UNANSWERED = 30


@dataclass(frozen=True)
class EndpointSnapshot:
    """The endpoint as DescribeEndpoint shows it."""

    status: str
    config_name: str
    pending_config: str | None


@dataclass(frozen=True)
class ExecutionSnapshot:
    """The result of a poll. `expected_end` is when the endpoint should be InService, from the last time, or None."""

    execution: Execution
    endpoint: EndpointSnapshot | None = None
    expected_end: datetime | None = None


class ExecutionWatcher:
    """Polls one execution; only the new events of its history are read."""

    def __init__(self, target: Target, arn: str) -> None:
        self._stepfunctions = target.client("stepfunctions")
        self._sagemaker = Boto3SageMaker(target.client("sagemaker"))
        self._arn = arn
        self._events: list[Mapping[str, Any]] = []
        self._learned: tuple[Any, datetime | None] = (None, None)

    def poll(self, pause: Callable[[], object]) -> Iterator[ExecutionSnapshot]:
        """Yield a snapshot before each pause, until the execution has ended; the last one shows its end.

        Raises `ExecutionNotFound`, and after a while without a network what botocore raises.
        """
        unanswered = 0
        while True:
            try:
                snapshot = self.snapshot()
            except (AwsConnectionError, HTTPClientError, NotYet):
                unanswered += 1
                if unanswered > MAX_UNANSWERED:
                    raise
            else:
                unanswered = 0
                yield snapshot
                if not snapshot.execution.is_running:
                    return
            pause()

    def snapshot(self) -> ExecutionSnapshot:
        """Poll once."""
        # First: the history read after it holds everything that an ended execution did.
        description = describe_execution(self._stepfunctions, self._arn)
        last = self._events[-1]["id"] if self._events else 0
        self._events += events_after(self._stepfunctions, self._arn, last)
        execution = execution_of(description, self._events)
        if not execution.is_running or not execution.endpoint_step:
            return ExecutionSnapshot(execution)
        return ExecutionSnapshot(execution, self._endpoint(execution), self._expected_end(execution.endpoint_step))

    def _endpoint(self, execution: Execution) -> EndpointSnapshot | None:
        try:
            found = self._sagemaker.describe_endpoint(execution.endpoint_name)
        except NotFound:
            return None
        return EndpointSnapshot(found["EndpointStatus"], found["EndpointConfigName"], pending_config(found))

    def _expected_end(self, step: Mapping[str, Any]) -> datetime | None:
        if "StartedAt" not in step or "DurationTag" not in step:
            return None
        if self._learned[0] != step["StartedAt"]:
            self._learned = (step["StartedAt"], self._learn(step))
        return self._learned[1]

    def _learn(self, step: Mapping[str, Any]) -> datetime | None:
        """Return the expected end, from the duration of the last time in the tags, which the workflow uses too."""
        for arn in (step.get("EndpointConfigArn"), step.get("EndpointArn")):
            seconds = expected_seconds(step["DurationTag"], self._tags(arn))
            if seconds is not None:
                return datetime.fromisoformat(step["StartedAt"]) + timedelta(seconds=seconds)
        return None

    def _tags(self, arn: str | None) -> Mapping[str, str]:
        try:
            return self._sagemaker.tags(arn) if arn else {}
        except SlipwayError:
            return {}  # deleted, or not readable: the duration is unknown
