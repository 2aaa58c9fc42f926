"""Executions as JSON documents: what `--json` prints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.history import Visit


def summary(execution: Execution) -> dict[str, Any]:
    """Return one execution in short, as the list has it; times are in UTC."""
    return {
        "Execution": execution.arn,
        "Name": execution.name,
        "EndpointName": execution.endpoint_name or None,
        "Status": execution.status,
        "Outcome": execution.outcome,
        "StartedAt": _moment(execution.started),
        "EndedAt": _moment(execution.stopped),
        "Seconds": round(execution.seconds(), 3),
    }


def document(execution: Execution) -> dict[str, Any]:
    """Return all of one execution: its states too, and its output or its explanation."""
    now = datetime.now(UTC)
    return {
        **summary(execution),
        "CurrentState": execution.current_state,
        "States": [_state(visit, now) for visit in execution.visits],
        "Output": dict(execution.output) or None,
        "Explanation": dict(execution.explanation) or None,
    }


def _state(visit: Visit, now: datetime) -> dict[str, Any]:
    return {
        "Name": visit.state,
        "Type": visit.kind,
        "EnteredAt": _moment(visit.entered),
        "ExitedAt": _moment(visit.exited),
        "Seconds": round(visit.seconds(now), 3),
        "Errors": list(visit.errors),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None
