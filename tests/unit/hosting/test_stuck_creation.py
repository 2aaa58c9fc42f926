"""A creation that SageMaker never proceeds with has another name than one that takes too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from slipway.failure.explain_failure import Explanation, FailedDeployment, Failure, explain_failure
from tests.fakes.endpoint_logs import FakeEndpointLogs
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.storage import FakeStorage
from tests.unit.deployments import Deployment
from tests.unit.execution import plan_of

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
DEADLINE = "2026-11-01T13:00:00+00:00"
# The words of IsEndpointInService; tests/workflow holds the workflow to them.
MOVED = f"The endpoint was still Creating at the deadline, {DEADLINE}, 60 minutes after its change had begun."
UNTOUCHED = f"{MOVED[:-1]}, and SageMaker had never changed anything about it."


def at_the_deadline(words: str, *lines: str, written: datetime = START + timedelta(minutes=9)) -> Explanation:
    logs = FakeEndpointLogs()
    logs.write("digits", "AllTraffic/i-0123", written, *lines)
    failure = Failure(State="IsEndpointInService", Error="DeadlineExceeded", Cause=words)
    failed = FailedDeployment(failure, plan_of(), None, START.isoformat())
    return explain_failure(failed, logs, FakeStorage().current_etag)


def test_an_endpoint_that_nothing_was_ever_seen_of_is_stuck() -> None:
    explanation = at_the_deadline(UNTOUCHED)
    assert explanation["Error"] == "StuckCreating"
    assert explanation["Message"] == UNTOUCHED
    assert "another EndpointName" in explanation["Hint"]


def test_a_container_that_has_said_a_word_is_only_slow() -> None:
    assert at_the_deadline(UNTOUCHED, "loading the model")["Error"] == "DeadlineExceeded"


def test_an_endpoint_that_sagemaker_has_changed_is_only_slow() -> None:
    assert at_the_deadline(MOVED)["Error"] == "DeadlineExceeded"


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating", "RollingBack"])
def test_only_a_creation_is_stuck(status: str) -> None:
    assert at_the_deadline(UNTOUCHED.replace("Creating", status))["Error"] == "DeadlineExceeded"


def test_the_log_of_an_endpoint_that_had_the_name_before_proves_nothing() -> None:
    explanation = at_the_deadline(UNTOUCHED, "an old line", written=START - timedelta(days=1))
    assert explanation["Error"] == "StuckCreating"


def test_what_is_creating_cannot_be_removed_until_it_has_ended(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    deployment.endpoint()
    for _ in range(3):
        removal = deployment.remove()
        assert (removal["Removed"], removal["IsBusy"]) == ([], True)
        assert "aws sagemaker delete-endpoint --endpoint-name digits && " in removal["Hint"]
    assert sagemaker.names("endpoint") == ["digits"]
    assert len(sagemaker.names("endpoint-config") + sagemaker.names("model")) == 2
    sagemaker.fail_next("It took a day.")
    sagemaker.settle()
    assert deployment.remove()["Removed"] == ["Endpoint digits"]
    sagemaker.settle()
    deployment.remove()
    assert [sagemaker.names(kind) for kind in ("model", "endpoint-config", "endpoint")] == [[], [], []]
