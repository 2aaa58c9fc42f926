"""Find the execution that an upload started, and follow it to its end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

POLL = 0.2  # seconds
START_TIMEOUT = 30.0
ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


@dataclass(frozen=True)
class Step:
    """A state that was entered, this many seconds after the execution's start."""

    seconds: float
    state: str


@dataclass(frozen=True)
class Ending:
    """How an execution ended: its output, or its error and the explanation that its cause holds."""

    status: str
    seconds: float
    output: dict[str, Any]
    error: str
    explanation: dict[str, Any]


class NotStarted(Exception):
    """An upload started no execution in time."""


def started_by_upload(stepfunctions: Any, state_machine_arn: str, etag: str) -> str:
    """Return the ARN of the execution whose input is the upload with this ETag. Raises `NotStarted`."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        for execution in stepfunctions.list_executions(stateMachineArn=state_machine_arn)["executions"]:
            arn = str(execution["executionArn"])
            request = json.loads(stepfunctions.describe_execution(executionArn=arn)["input"])
            if request.get("detail", {}).get("object", {}).get("etag") == etag:
                return arn
        time.sleep(POLL)
    raise NotStarted(f"The upload started no execution within {START_TIMEOUT:.0f} s.")


def follow(stepfunctions: Any, arn: str) -> Iterator[Step]:
    """Yield each state as it is entered, until the execution has ended."""
    started = stepfunctions.describe_execution(executionArn=arn)["startDate"]
    seen = 0
    while True:
        ended = stepfunctions.describe_execution(executionArn=arn)["status"] in ENDED
        for event in _events(stepfunctions, arn):
            if event["id"] > seen and "stateEnteredEventDetails" in event:
                seconds = (event["timestamp"] - started).total_seconds()
                yield Step(seconds, str(event["stateEnteredEventDetails"]["name"]))
            seen = max(seen, event["id"])
        if ended:
            return
        time.sleep(POLL)


def ending(stepfunctions: Any, arn: str) -> Ending:
    """Return how an ended execution ended."""
    execution = stepfunctions.describe_execution(executionArn=arn)
    succeeded = execution["status"] == "SUCCEEDED"
    return Ending(
        status=execution["status"],
        seconds=(execution["stopDate"] - execution["startDate"]).total_seconds(),
        output=json.loads(execution["output"]) if succeeded else {},
        error=str(execution.get("error", "")),
        explanation={} if succeeded else json.loads(execution["cause"]),
    )


def _events(stepfunctions: Any, arn: str) -> Iterator[dict[str, Any]]:
    for page in stepfunctions.get_paginator("get_execution_history").paginate(executionArn=arn):
        yield from page["events"]
