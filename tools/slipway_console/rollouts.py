"""The views of rollouts, and what can be done to one from its page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request

from slipway_cli.output.rollout_json import rollout_document, rollout_summary
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.rollouts import Rollouts
from slipway_console.connection import Connection

LISTED = 25  # rollouts: each needs a call until it has ended, and its files once if it did not succeed
COUNTED = ("Lines", "Outcomes", "Failed", "NotStarted")
SHOWN = 200  # failures; summary.json and `slipway rollout status --json` have all


class RolloutViews:
    """The newest rollouts, one with its waves and failures, and its buttons."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ended: dict[str, Execution] = {}
        self._counts: dict[tuple[str, datetime], dict[str, Any]] = {}

    def list(self, _request: Request) -> dict[str, Any]:
        """Return the newest rollouts."""
        rollouts = self._rollouts()
        found = rollouts.newest(LISTED, self._ended)
        return {"Rollouts": [{**rollout_summary(one), **self._counted(rollouts, one)} for one in found]}

    def show(self, _request: Request, name: str) -> dict[str, Any]:
        """Return a rollout. Raises `RolloutNotFound`."""
        rollouts = self._rollouts()
        found = rollouts.read(rollouts.find(name))
        document = rollout_document(found)
        failures = document["Failures"][:SHOWN]
        return {
            **document,
            "Failures": failures,
            "IsRunning": found.execution.is_running,
            "IsRedrivable": found.is_redrivable,
        }

    def stop(self, _request: Request, name: str) -> dict[str, str]:
        """Stop a rollout. Raises `RolloutNotFound`."""
        rollouts = self._rollouts()
        rollouts.stop(rollouts.find(name))
        return {"Name": name}

    def redrive(self, _request: Request, name: str) -> dict[str, str]:
        """Continue a rollout with the lines that did not succeed. Raises `RolloutNotRedrivable`."""
        rollouts = self._rollouts()
        rollouts.redrive(rollouts.find(name))
        return {"Name": name}

    def _counted(self, rollouts: Rollouts, execution: Execution) -> dict[str, Any]:
        """Return the counts of an execution that has ended without an output, which has those of others."""
        if execution.stopped is None or execution.output:
            return {}
        key = execution.arn, execution.stopped  # a redriven one ends again
        if key not in self._counts:
            document = rollout_document(rollouts.read(execution.arn))
            self._counts[key] = {name: document[name] for name in COUNTED}
        return self._counts[key]

    def _rollouts(self) -> Rollouts:
        return Rollouts(self._connection.target())
