"""Find executions: by name or ARN, or those of an endpoint, by the input of each execution."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from itertools import islice
from typing import Any

from slipway.deployment.tags import EXECUTION
from slipway_cli.sdk.endpoints import find_endpoint
from slipway_cli.sdk.errors import ExecutionNotFound, NothingDeployed
from slipway_cli.sdk.executions import RUNNING, Execution, describe_execution, execution_of, read_execution
from slipway_cli.sdk.target import Target

MAX_SEARCHED = 200  # executions, the newest first: each costs a call, and DescribeExecution takes 10 to 15 a second


def find_execution(target: Target, named: str) -> Execution:
    """Return the execution of this ARN or name, or else the newest one of the endpoint of this name, with history.

    Raises `NothingDeployed` when it is neither.
    """
    return read_execution(target.client("stepfunctions"), _arn_of(target, named))


def executions_of(target: Target, endpoint_name: str, max_count: int = MAX_SEARCHED) -> Iterator[Execution]:
    """Yield an endpoint's executions among the newest `max_count`, the newest first, without their histories."""
    return (found for found in newest_executions(target, max_count) if found.endpoint_name == endpoint_name)


def newest_executions(
    target: Target,
    max_count: int,
    ended: MutableMapping[str, Execution] | None = None,
    state_machine_arn: str | None = None,
) -> Iterator[Execution]:
    """Yield the newest executions of a workflow, by default that of deployments, without their histories.

    `ended` is a cache by ARN, which the caller keeps: an execution that has ended is described once.
    """
    known = {} if ended is None else ended
    stepfunctions = target.client("stepfunctions")
    pages = stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=state_machine_arn or target.state_machine_arn, maxResults=min(max_count, 100)
    )
    listed = (item for page in pages for item in page["executions"])
    return (found for item in islice(listed, max_count) if (found := _execution(stepfunctions, item, known)))


def _execution(stepfunctions: Any, item: Any, ended: MutableMapping[str, Execution]) -> Execution | None:
    arn = item["executionArn"]
    # An execution that is redriven runs again.
    if arn in ended and item["status"] != RUNNING:
        return ended[arn]
    try:
        execution = execution_of(describe_execution(stepfunctions, arn))
    except ExecutionNotFound:
        return None  # deleted after it was listed
    if not execution.is_running:
        ended[arn] = execution
    return execution


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
        f"No deployment found for {endpoint_name}: it is not an execution of {target.stack} in {target.region}, and "
        "not an endpoint that the stack deployed. `slipway status` lists the newest executions, and "
        "`slipway endpoints` the endpoints."
    )
