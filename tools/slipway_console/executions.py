"""The views of the workflow's executions."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from werkzeug.wrappers import Request

from slipway_cli.output.execution_json import document, summary
from slipway_cli.output.step_table import time_left, under_way
from slipway_cli.sdk.execution_search import newest_executions
from slipway_cli.sdk.execution_watcher import ExecutionWatcher
from slipway_cli.sdk.executions import Execution, describe_execution
from slipway_cli.sdk.target import Target
from slipway_console.connection import Connection
from slipway_console.picture import draw
from slipway_console.workflow import read_workflow

SHOWN = 25  # executions: each needs a call until it has ended


class Executions:
    """The newest executions, one with its history, and the workflow that it runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ended: dict[str, Execution] = {}

    def list(self, _request: Request) -> dict[str, Any]:
        """Return the newest executions."""
        newest = newest_executions(self._connection.target(), SHOWN, self._ended)
        return {"Executions": [summary(one) for one in newest]}

    def show(self, _request: Request, name: str) -> dict[str, Any]:
        """Return an execution with its states, and what it waits for and how long. Raises `ExecutionNotFound`."""
        target = self._connection.target()
        snapshot = ExecutionWatcher(target, arn_of(target, name)).snapshot()
        waits = f"{under_way(snapshot)}{time_left(snapshot, datetime.now(UTC))}"
        return {**document(snapshot.execution), "WaitsFor": waits}

    def workflow(self, _request: Request, name: str) -> dict[str, Any]:
        """Return the picture of the workflow as it was when the execution started. Raises `ExecutionNotFound`."""
        target = self._connection.target()
        arn = arn_of(target, name)
        describe_execution(target.client("stepfunctions"), arn)
        answer = target.client("stepfunctions").describe_state_machine_for_execution(executionArn=arn)
        return drawn(answer["definition"])


def arn_of(target: Target, name: str) -> str:
    """Return the ARN of an execution of the target's workflow."""
    return f"{target.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


@lru_cache(maxsize=8)
def drawn(definition: str) -> dict[str, Any]:
    """Return the picture of a definition; cached, because most executions share one."""
    return draw(read_workflow(definition)).as_json()
