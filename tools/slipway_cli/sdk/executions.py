"""An execution of the workflow: its input, progress and outcome."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from slipway.errors import SlipwayError
from slipway.planning.uploads import is_upload_event, upload_of
from slipway_cli.sdk.errors import ExecutionNotFound
from slipway_cli.sdk.history import Step, Visit, result_of, steps_of, visits_of

RUNNING, SUCCEEDED = "RUNNING", "SUCCEEDED"
# DescribeExecution and GetExecutionHistory for what does not exist, or is no ARN at all.
NOT_THERE = ("ExecutionDoesNotExist", "InvalidArn")


@dataclass(frozen=True)
class Execution:
    """One execution, from DescribeExecution and GetExecutionHistory.

    `request` is its input, `output` its output when it succeeded. `error` is there when it did not, with the
    `explanation` that the workflow gives: `{Error, Message, Hint, LogTail, Resources}` and perhaps `Warnings`.
    """

    arn: str
    status: str  # RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE
    started: datetime
    stopped: datetime | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    output: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    explanation: Mapping[str, Any] = field(default_factory=dict)
    visits: tuple[Visit, ...] = ()
    endpoint_step: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return its name."""
        return self.arn.rsplit(":", 1)[-1]

    @property
    def is_running(self) -> bool:
        """Return whether it has not ended."""
        return self.status == RUNNING

    @property
    def outcome(self) -> str:
        """Return the outcome in the output (Created, Updated, ...), or Running, Failed, TimedOut, Aborted."""
        named = {"RUNNING": "Running", "TIMED_OUT": "TimedOut", "SUCCEEDED": "Succeeded"}
        return str(self.output.get("Outcome") or named.get(self.status) or self.status.capitalize())

    @property
    def endpoint_name(self) -> str:
        """Return the name of its endpoint; empty if the input has none."""
        return str(self.output.get("EndpointName") or requested_endpoint(self.request))

    @property
    def steps(self) -> list[Step]:
        """Return the steps to show, each loop as one."""
        return steps_of(self.visits)

    @property
    def current_state(self) -> str | None:
        """Return the state that it is in, None when it has ended."""
        return self.visits[-1].state if self.visits and self.is_running else None

    def seconds(self, now: datetime | None = None) -> float:
        """Return how long it took, or has taken until now."""
        return ((self.stopped or now or datetime.now(UTC)) - self.started).total_seconds()


def requested_endpoint(request: Mapping[str, Any]) -> str:
    """Return the endpoint that an execution's input names: in its field, or in the key of the upload."""
    if is_upload_event(request):
        try:
            return upload_of(request).endpoint_name
        except SlipwayError:
            return ""  # the workflow refuses it, and says why
    return str(request.get("EndpointName", ""))


def execution_of(description: Mapping[str, Any], events: Iterable[Mapping[str, Any]] = ()) -> Execution:
    """Return the execution, from DescribeExecution and its events, oldest first."""
    events = list(events)
    return Execution(
        arn=description["executionArn"],
        status=description["status"],
        started=description["startDate"],
        stopped=description.get("stopDate"),
        request=_object(description.get("input")),
        output=_object(description.get("output")) if description["status"] == SUCCEEDED else {},
        error=str(description.get("error", "")),
        explanation=_explanation(description),
        visits=tuple(visits_of(events)),
        endpoint_step=result_of(events, "CreateEndpoint"),
    )


def read_execution(stepfunctions: Any, arn: str) -> Execution:
    """Return an execution with its history. Raises `ExecutionNotFound`."""
    return execution_of(describe_execution(stepfunctions, arn), events_after(stepfunctions, arn, 0))


def describe_execution(stepfunctions: Any, arn: str) -> Mapping[str, Any]:
    """Return DescribeExecution's answer. Raises `ExecutionNotFound`."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the SDK is imported when AWS is asked

    try:
        answer: Mapping[str, Any] = stepfunctions.describe_execution(executionArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] not in NOT_THERE:
            raise
        raise ExecutionNotFound(
            f"There is no execution {arn.rsplit(':', 1)[-1]}: `slipway status` lists the newest ones."
        ) from error
    return answer


def events_after(stepfunctions: Any, arn: str, last: int) -> list[Mapping[str, Any]]:
    """Return an execution's events with ids above `last`, oldest first, reading no more pages than it takes."""
    pages = stepfunctions.get_paginator("get_execution_history").paginate(
        executionArn=arn, reverseOrder=True, maxResults=1000 if last == 0 else 100
    )
    found: list[Mapping[str, Any]] = []
    for page in pages:
        new = [event for event in page["events"] if event["id"] > last]
        found += new
        if len(new) < len(page["events"]):
            break
    return found[::-1]


def _explanation(description: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the workflow's explanation, or one made of what Step Functions itself says of a timeout or a stop."""
    if description["status"] in (RUNNING, SUCCEEDED):
        return {}
    said = _object(description.get("cause"))
    message = str(description.get("cause") or f"The execution {description['status'].lower().replace('_', ' ')}.")
    return said or {"Error": description.get("error") or description["status"], "Message": message, "Hint": ""}


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
