"""What the page asks about executions of the workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from werkzeug.wrappers import Request

from slipway_cli.sdk.errors import ExecutionNotFound
from slipway_cli.sdk.executions import RUNNING, Execution, describe_execution, execution_of, read_execution
from slipway_cli.sdk.history import Visit
from slipway_cli.sdk.target import Target
from slipway_console.connection import Connection
from slipway_console.picture import draw
from slipway_console.workflow import read_workflow

SHOWN = 25  # executions: each costs a call once, and while it runs


class Executions:
    """The newest executions, one with its history, and the workflow that it runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, Execution] = {}

    def list(self, request: Request) -> dict[str, Any]:
        """Return the newest executions, of one endpoint with `?endpoint=`."""
        wanted = request.args.get("endpoint")
        found = [execution for execution in self._newest() if wanted in (None, execution.endpoint_name)]
        return {"Executions": [_summary(execution) for execution in found]}

    def show(self, _request: Request, name: str) -> dict[str, Any]:
        """Return an execution with the states that it has gone through. Raises `ExecutionNotFound`."""
        target = self._connection.target()
        execution = read_execution(target.client("stepfunctions"), arn_of(target, name))
        return {
            **_summary(execution),
            "CurrentState": execution.current_state,
            "Visits": [_visit(visit) for visit in execution.visits],
            "Input": execution.request,
            "Output": execution.output,
            "Explanation": execution.explanation,
        }

    def workflow(self, _request: Request, name: str) -> dict[str, Any]:
        """Return the picture of the workflow as it was when the execution started. Raises `ExecutionNotFound`."""
        target = self._connection.target()
        arn = arn_of(target, name)
        describe_execution(target.client("stepfunctions"), arn)
        answer = target.client("stepfunctions").describe_state_machine_for_execution(executionArn=arn)
        return drawn(answer["definition"])

    def _newest(self) -> Iterator[Execution]:
        target = self._connection.target()
        pages = target.client("stepfunctions").get_paginator("list_executions")
        found = pages.paginate(stateMachineArn=target.state_machine_arn, maxResults=SHOWN)
        items = islice((item for page in found for item in page["executions"]), SHOWN)
        return (execution for item in items if (execution := self._described(target, item)))

    def _described(self, target: Target, item: Mapping[str, Any]) -> Execution | None:
        # What has ended stays as it is, until it is redriven, which makes it run.
        arn = item["executionArn"]
        known = self._known.get(arn)
        if known is None or known.is_running or item["status"] == RUNNING:
            try:
                self._known[arn] = execution_of(describe_execution(target.client("stepfunctions"), arn))
            except ExecutionNotFound:
                return None  # forgotten since it was listed
        return self._known[arn]


def arn_of(target: Target, name: str) -> str:
    """Return the ARN of an execution of the target's workflow."""
    return f"{target.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


@lru_cache(maxsize=8)
def drawn(definition: str) -> dict[str, Any]:
    """Return the picture of a definition; the same one is asked for again and again."""
    return draw(read_workflow(definition)).as_json()


def _summary(execution: Execution) -> dict[str, Any]:
    return {
        "Name": execution.name,
        "Arn": execution.arn,
        "Status": execution.status,
        "Outcome": execution.outcome,
        "Error": execution.explanation.get("Error") or execution.error,
        "EndpointName": execution.endpoint_name,
        "Started": execution.started,
        "Stopped": execution.stopped,
    }


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "State": visit.state,
        "Kind": visit.kind,
        "Entered": visit.entered,
        "Exited": visit.exited,
        "Errors": visit.errors,
        "HasFailed": visit.has_failed,
    }
