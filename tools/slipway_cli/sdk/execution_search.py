"""Find executions: by name or ARN, or those of an endpoint, which Step Functions does not know by their input."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from slipway.deployment.tags import EXECUTION
from slipway_cli.sdk.endpoints import find_endpoint
from slipway_cli.sdk.errors import ExecutionNotFound, NothingDeployed
from slipway_cli.sdk.executions import Execution, describe_execution, execution_of, read_execution
from slipway_cli.sdk.target import Target

LOOKED_AT = 200  # executions, the newest first: each costs a call, and DescribeExecution takes 10 to 15 a second


def find_execution(target: Target, named: str) -> Execution:
    """Return the execution of this ARN or name, or else the newest one of the endpoint of this name, with history.

    Raises `NothingDeployed` when it is neither.
    """
    return read_execution(target.client("stepfunctions"), _arn_of(target, named))


def executions_of(target: Target, endpoint_name: str, most: int = LOOKED_AT) -> Iterator[Execution]:
    """Yield an endpoint's executions among the `most` newest ones, the newest first, without their histories."""
    return (found for found in newest_executions(target, most) if found.endpoint_name == endpoint_name)


def newest_executions(target: Target, most: int) -> Iterator[Execution]:
    """Yield the newest executions of the target's workflow, without their histories."""
    stepfunctions = target.client("stepfunctions")
    pages = stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=target.state_machine_arn, maxResults=min(most, 100)
    )
    listed = (item for page in pages for item in page["executions"])
    return (execution_of(described) for item in islice(listed, most) if (described := _described(stepfunctions, item)))


def _described(stepfunctions: Any, item: Any) -> Any:
    try:
        return describe_execution(stepfunctions, item["executionArn"])
    except ExecutionNotFound:
        return None  # forgotten since it was listed


def _arn_of(target: Target, named: str) -> str:
    if named.startswith("arn:"):
        return named
    arn = f"{target.state_machine_arn.replace(':stateMachine:', ':execution:')}:{named}"
    try:
        describe_execution(target.client("stepfunctions"), arn)
    except ExecutionNotFound:
        return _newest_of(target, named)
    return arn


def _newest_of(target: Target, endpoint_name: str) -> str:
    newest = next(executions_of(target, endpoint_name), None)
    if newest:
        return newest.arn
    endpoint = find_endpoint(target, endpoint_name)
    if endpoint and EXECUTION in endpoint.tags:
        return endpoint.tags[EXECUTION]
    raise NothingDeployed(
        f"{endpoint_name} is no execution of {target.stack} in {target.region}, and no endpoint that it deployed "
        "lately: `slipway status` lists the newest executions, `slipway endpoints` the endpoints."
    )
