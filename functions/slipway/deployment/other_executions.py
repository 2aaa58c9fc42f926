"""How other executions ended: what a running or successful one relies on is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from slipway.errors import AwsRefused

DescribeExecution = Callable[[str], dict[str, Any]]
RUNNING = "RUNNING"
UNKNOWN = "UNKNOWN"  # another state machine's, or older than Step Functions remembers
# How executions end that rely on nothing any more; an outcome is that of one that SUCCEEDED.
FAILED = frozenset({"FAILED", "TIMED_OUT", "ABORTED", "Superseded"})


def end_of(execution: str, describe_execution: DescribeExecution) -> str:
    """Return the outcome of an execution that SUCCEEDED, the status of another one, or `UNKNOWN`."""
    try:
        found = describe_execution(execution) if execution else {"status": UNKNOWN}
    except AwsRefused:
        return UNKNOWN
    return str(json.loads(found["output"])["Outcome"] if found["status"] == "SUCCEEDED" else found["status"])
