"""The views of rollouts, and what can be done to one from its page."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request

from slipway_cli.output.rollout_json import rollout_document, rollout_summary
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.rollouts import Rollouts
from slipway_console.connection import Connection

LISTED = 25  # rollouts: each needs a call until it has ended
SHOWN = 200  # failures; summary.json and `slipway rollout status --json` have all


class RolloutViews:
    """The newest rollouts, one with its waves and failures, and its buttons."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ended: dict[str, Execution] = {}

    def list(self, _request: Request) -> dict[str, Any]:
        """Return the newest rollouts."""
        return {"Rollouts": [rollout_summary(one) for one in self._rollouts().newest(LISTED, self._ended)]}

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

    def _rollouts(self) -> Rollouts:
        return Rollouts(self._connection.target())
