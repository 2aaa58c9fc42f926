"""Map states in Distributed mode on virtual time: child executions, tolerated failures, exported results, redrive.

Counts, thresholds and files are those of the local engine, which has the sources.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from slipway_local.engine.map_results import UNSUCCESSFUL, Child, counts, is_exceeded, result_files
from tests.conventions.project import Json
from tests.workflow.failures import StillRunning, TaskError
from tests.workflow.interpreter import Execution, instant

MAX_CONCURRENCY = 10_000  # where a state names none

Start = Callable[[Any], Execution]
Write = Callable[[str, bytes], None]


@dataclass
class MapRun:
    """The child executions of one run of a Map state."""

    arn: str
    children: list[Child]
    executions: dict[Child, Execution] = field(default_factory=dict)

    def go_on(self, state: Json, start: Start, write: Write) -> Json:
        """Return the state's result. Raises `StillRunning`, or `TaskError` for too many failures."""
        self._update()
        found = counts(self.children, of_items=True)
        limits = {"toleratedFailurePercentage": state["ToleratedFailurePercentage"]}
        if is_exceeded(found["failed"], found["total"], limits):
            for execution in self._running():
                execution.stop()
            self._update()
            self._export(state, write)
            raise TaskError("States.ExceedToleratedFailureThreshold", "The tolerated failure threshold was exceeded")
        pending = [child for child in self.children if child.execution is None]
        for child in pending[: max(0, (state["MaxConcurrency"] or MAX_CONCURRENCY) - found["running"])]:
            self.executions[child] = start(child.input)
        if pending or found["running"]:
            raise StillRunning
        return self._export(state, write)

    def redrive(self) -> None:
        """Let what did not succeed be started again."""
        for child in self.children:
            if child.status in UNSUCCESSFUL:
                child.execution = None
                del self.executions[child]

    def _running(self) -> Iterable[Execution]:
        return [execution for execution in self.executions.values() if execution.status == "RUNNING"]

    def _update(self) -> None:
        for child, execution in self.executions.items():
            child.execution = _described(execution)

    def _export(self, state: Json, write: Write) -> Json:
        writer = state["ResultWriter"]
        place = writer["Arguments"]
        folder = f"{place['Prefix']}/{self.arn.rpartition(':')[2]}"
        files = result_files(self.children, self.arn, place["Bucket"], folder, writer["WriterConfig"])
        for key, content in files.items():
            write(key, content)
        return {
            "MapRunArn": self.arn,
            "ResultWriterDetails": {"Bucket": place["Bucket"], "Key": f"{folder}/manifest.json"},
        }


def _described(execution: Execution) -> Json:
    has_succeeded = execution.status == "SUCCEEDED"
    return {
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine,
        "name": execution.name,
        "status": "ABORTED" if execution.status == "STOPPED" else execution.status,
        "input": json.dumps(execution.input),
        "output": json.dumps(execution.output) if has_succeeded else None,
        "error": execution.error or None,
        "cause": execution.cause or None,
        "redriveCount": 0,
        "startDate": instant(execution.started),
        "stopDate": instant(execution.ended) if execution.ended else None,
    }
