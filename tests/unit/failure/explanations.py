"""Explain a failure of the deployment `digits`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from slipway.deployment.plan import Artifact
from slipway.failure.explain_failure import Explanation, FailedDeployment, Failure, explain_failure
from tests.fakes.endpoint_logs import FakeEndpointLogs
from tests.fakes.storage import FakeStorage
from tests.unit.execution import plan_of

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
PING = "The primary container for production variant AllTraffic did not pass the ping health check."


def explain(
    state: str, error: str, cause: str, logs: FakeEndpointLogs | None = None, found: Artifact | None = None
) -> Explanation:
    failure = Failure(State=state, Error=error, Cause=cause)
    failed = FailedDeployment(failure, plan_of(), found, START.isoformat())
    return explain_failure(failed, logs or FakeEndpointLogs(), FakeStorage().current_etag)


def log_of(*lines: str) -> FakeEndpointLogs:
    """Return the log of one new container."""
    logs = FakeEndpointLogs()
    logs.write("digits", "AllTraffic/i-0123", START + timedelta(minutes=1), *lines)
    return logs


def endpoint_failed(reason: str, *lines: str) -> Explanation:
    return explain("IsEndpointInService", "EndpointFailed", reason, log_of(*lines))
