"""RecordOutcome: what a deployment, a transform job or a rollout that has ended adds to the stack's metrics.

Step Functions reports every end: successes, failures, and executions whose end no state of the workflow sees, because
they timed out or were stopped. The event's detail is DescribeExecution's answer (Step Functions
developer guide, EventBridge): `output` of those that succeeded, `error` of those that failed, times in milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slipway.deployment.measurement import Measurement

FAILED, TIMED_OUT, ABORTED = "Failed", "TimedOut", "Aborted"
UNSUCCESSFUL = {"FAILED": FAILED, "TIMED_OUT": TIMED_OUT, "ABORTED": ABORTED}
UNKNOWN = "Unknown"
# By the end of the name of the state machine, what its executions are counted as.
OTHERS = {"TransformBatch": "Transform", "RollOut": "Rollout"}


def record_outcome(event: Mapping[str, Any]) -> list[Measurement]:
    """Return the metrics of one end. Who stops an execution knows: that is an outcome, and not a failure."""
    detail = event["detail"]
    outcome = _outcome(detail)
    failed = outcome in (FAILED, TIMED_OUT)
    seconds = (detail["stopDate"] - detail["startDate"]) / 1000
    by_outcome = {"Outcome": outcome}
    what = OTHERS.get(detail.get("stateMachineArn", "").rpartition("-")[2], "Deployment")
    return [
        Measurement(f"{what}s", "Count", 1.0, by_outcome),
        Measurement(f"{what}Seconds", "Seconds", seconds, by_outcome),
        # Of every end, so that the alarm knows zero from nothing.
        Measurement(f"{what}sFailed", "Count", float(failed), {}),
        *([Measurement("FailuresByError", "Count", 1.0, {"Error": detail.get("error") or outcome})] if failed else []),
    ]


def _outcome(detail: Mapping[str, Any]) -> str:
    if detail["status"] in UNSUCCESSFUL:
        return UNSUCCESSFUL[detail["status"]]
    # Step Functions leaves an output out that is too long for an event; ours is a screenful.
    output = json.loads(detail.get("output") or "{}")
    return str(output.get("Outcome", UNKNOWN))
