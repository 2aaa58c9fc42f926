"""ShowDeployment: an execution, as its starter wants to read it. Its input stays inside: it may hold secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from slipway.deployment.settings import Settings
from slipway.deployment.timestamps import format_instant


def show_deployment(
    name: str, describe_execution: Callable[[str], dict[str, Any]], settings: Settings
) -> dict[str, Any]:
    """Return one execution of this stack's workflow, by its name. `Failure` is the explanation of one that failed.

    Raises `NotFound`.
    """
    arn = f"{settings.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    found = describe_execution(arn)
    return {
        "DeploymentId": name,
        "ExecutionArn": arn,
        "Status": found["status"],
        "StartedAt": format_instant(found["startDate"]),
        "EndedAt": format_instant(found["stopDate"]) if "stopDate" in found else None,
        "Output": json.loads(found["output"]) if "output" in found else None,
        "Failure": _failure(found) if "error" in found else None,
    }


def _failure(found: dict[str, Any]) -> dict[str, Any]:
    cause = found.get("cause", "")
    try:
        explanation = json.loads(cause)
    except ValueError:
        explanation = None
    # What Step Functions itself ends, past its time for example, has words of AWS's own.
    return explanation if isinstance(explanation, dict) else {"Error": found["error"], "Message": cause}
