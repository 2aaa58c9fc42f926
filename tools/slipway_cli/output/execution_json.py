"""Executions as JSON documents: what `--json` and the console's API return."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.history import Visit


def summary(execution: Execution) -> dict[str, Any]:
    """Return an entry of the list of executions; times are in UTC."""
    return {
        "Execution": execution.arn,
        "Name": execution.name,
        "EndpointName": execution.endpoint_name or None,
        "Status": execution.status,
        "Outcome": execution.outcome,
        "Error": str(execution.explanation.get("Error") or execution.error) or None,
        "StartedAt": _moment(execution.started),
        "EndedAt": _moment(execution.stopped),
        "Seconds": round(execution.seconds(), 3),
    }


def document(execution: Execution) -> dict[str, Any]:
    """Return one execution with its states, input, and output or explanation."""
    now = datetime.now(UTC)
    return {
        **summary(execution),
        "CurrentState": execution.current_state,
        "States": [_state(visit, now) for visit in execution.visits],
        "Input": dict(execution.request),
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
        "HasFailed": visit.has_failed,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None
