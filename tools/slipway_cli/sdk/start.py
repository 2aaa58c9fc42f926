"""Start a deployment under a name that is known before AWS answers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slipway_cli.sdk.target import Target

MAX_NAME = 80  # characters of an execution's name


def execution_name(endpoint_name: str, now: datetime) -> str:
    """Return a name for an execution: the endpoint, the time, and four random digits."""
    moment = f"-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    return f"{endpoint_name[: MAX_NAME - len(moment)]}{moment}"


def start_deployment(target: Target, document: Mapping[str, Any], name: str = "") -> str:
    """Start an execution with this input, which has been checked; return its ARN, which ends with its name.

    StartExecution with a name and an input may be sent again: SDK and network may repeat it, and one runs.
    """
    name = name or execution_name(str(document["EndpointName"]), datetime.now(UTC))
    started = target.client("stepfunctions").start_execution(
        stateMachineArn=target.state_machine_arn, name=name, input=json.dumps(document)
    )
    return str(started["executionArn"])
