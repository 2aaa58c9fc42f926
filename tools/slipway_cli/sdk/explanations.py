"""Why a deployment failed: the workflow's own explanation, or one made of what the endpoint says now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from itertools import takewhile
from typing import Any, cast

from slipway.deployment.plan import Plan
from slipway.failure.aws import CloudWatchEndpointLogs
from slipway.failure.explain_failure import FailedDeployment, Failure, explain_failure
from slipway_cli.sdk.endpoints import Endpoint, find_endpoint
from slipway_cli.sdk.errors import NothingDeployed
from slipway_cli.sdk.execution_search import executions_of, find_execution
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import Target


@dataclass(frozen=True)
class Explained:
    """What was found: an execution or an endpoint, and the explanation, which is empty where nothing failed.

    `endpoint` is as it is now, and None where there is none. `later` are the deployments of the endpoint that started
    after the execution, the newest first.
    """

    explanation: Mapping[str, Any]
    execution: Execution | None = None
    endpoint: Endpoint | None = None
    later: tuple[Execution, ...] = ()


def explain(target: Target, named: str) -> Explained:
    """Explain an execution, or the last failure of an endpoint, which later deployments may have made good.

    Where no execution is known to have failed, the endpoint's own FailureReason is explained. Raises `NothingDeployed`.
    """
    try:
        execution = find_execution(target, named)
    except NothingDeployed:
        endpoint = find_endpoint(target, named)
        if endpoint is None:
            raise
        return _of_endpoint(target, endpoint)
    if execution.explanation:
        return _of_execution(target, execution)
    if named in (execution.name, execution.arn):
        return Explained({}, execution)
    return _last_failure(target, named) or Explained({}, execution)


def _last_failure(target: Target, endpoint_name: str) -> Explained | None:
    failed = next((one for one in executions_of(target, endpoint_name) if one.explanation), None)
    if failed:
        return _of_execution(target, failed)
    endpoint = find_endpoint(target, endpoint_name)
    return _of_endpoint(target, endpoint) if endpoint and endpoint.failure_reason else None


def _of_execution(target: Target, execution: Execution) -> Explained:
    name = execution.endpoint_name
    if not name:
        return Explained(execution.explanation, execution)
    later = takewhile(lambda one: one.started > execution.started, executions_of(target, name))
    return Explained(execution.explanation, execution, find_endpoint(target, name), tuple(later))


def _of_endpoint(target: Target, endpoint: Endpoint) -> Explained:
    """Explain an endpoint that nothing of ours, or nothing lately, was at: by its FailureReason and its log."""
    if not endpoint.failure_reason:
        return Explained({}, endpoint=endpoint)
    # An endpoint that is InService with a FailureReason serves what it served before an update that failed.
    error = "EndpointFailed" if endpoint.status == "Failed" else "DeploymentRolledBack"
    failure = Failure(State="DescribeEndpoint", Error=error, Cause=endpoint.failure_reason)
    plan = cast("Plan", {"EndpointName": endpoint.name, "Trigger": "Execution"})
    since = endpoint.created.astimezone(UTC).isoformat()
    failed = FailedDeployment(failure, plan, None, since)
    # No upload can have superseded it: the trigger is an execution.
    found = explain_failure(failed, CloudWatchEndpointLogs(target.client("logs")).tails, lambda *_: None)
    return Explained(found, endpoint=endpoint)
