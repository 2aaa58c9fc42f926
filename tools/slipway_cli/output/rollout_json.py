"""Rollouts as JSON documents: what `--json` and the console's API return."""

from __future__ import annotations

from typing import Any

from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.rollouts import Rollout


def rollout_summary(execution: Execution) -> dict[str, Any]:
    """Return an entry of the list of rollouts."""
    return {
        "Name": execution.name,
        "Outcome": execution.outcome,
        "StartedAt": execution.started,
        **({"EndedAt": execution.stopped} if execution.stopped else {}),
        "Lines": execution.output.get("Lines"),
        "Outcomes": execution.output.get("Outcomes", {}),
    }


def rollout_document(rollout: Rollout) -> dict[str, Any]:
    """Return one rollout: its waves, the counts by outcome, every failure, and why it ended."""
    execution, results = rollout.execution, rollout.results
    has_waves = rollout.lines is not None and not rollout.is_plan
    return {
        "Name": execution.name,
        "Execution": execution.arn,
        "Outcome": execution.outcome,
        "Lines": rollout.lines,
        "NotStarted": rollout.not_started if has_waves else None,
        "Waves": [{"Number": wave.number, **wave.counts} for wave in rollout.waves],
        "Outcomes": dict(results.outcomes),
        "Failed": len(results.failures),
        "Failures": results.failures,
        "Error": execution.explanation.get("Error"),
        "Message": execution.explanation.get("Message"),
        "Hint": rollout.hint or None,
        "StartedAt": execution.started,
        **({"EndedAt": execution.stopped} if execution.stopped else {}),
        "Output": dict(execution.output) or None,
    }
