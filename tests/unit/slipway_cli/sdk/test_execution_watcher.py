"""Following an execution, look by look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from tests.fakes.step_functions import FakeStepFunctions, recorded, target_of

from slipway.hosting.durations import CREATION_SECONDS
from slipway_cli.sdk.execution_watcher import MAX_UNANSWERED, ExecutionWatcher

LOST = EndpointConnectionError(endpoint_url="https://states.eu-west-1.amazonaws.com/")


class OneEndpoint:
    """A SageMaker with one endpoint that is Creating; `tags` are those of its configuration."""

    def __init__(self, tags: dict[str, str]) -> None:
        self.tags = tags
        self.tag_calls = 0

    def describe_endpoint(self, **request: Any) -> dict[str, Any]:
        return {"EndpointStatus": "Creating", "EndpointConfigName": "digits-1"}

    def get_paginator(self, operation: str) -> OneEndpoint:
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        self.tag_calls += 1
        tags = self.tags if ":endpoint-config/" in request["ResourceArn"] else {}
        return [{"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


@pytest.fixture
def running() -> FakeStepFunctions:
    """Return a workflow of which five events have happened."""
    fake = FakeStepFunctions(recorded("created"))
    fake.shown[next(iter(fake.executions))] = 5
    return fake


def step_on(fake: FakeStepFunctions, events: int) -> Callable[[], None]:
    arn = next(iter(fake.executions))

    def pause() -> None:
        fake.shown[arn] += events

    return pause


def test_it_is_followed_to_its_end(running: FakeStepFunctions) -> None:
    target = target_of(stepfunctions=running, sagemaker=OneEndpoint({}))

    snapshots = list(ExecutionWatcher(target, next(iter(running.executions))).poll(step_on(running, 6)))

    assert [snapshot.execution.is_running for snapshot in snapshots] == [True] * (len(snapshots) - 1) + [False]
    assert snapshots[-1].execution.outcome == "Created"
    seen = [len(snapshot.execution.visits) for snapshot in snapshots]
    assert seen == sorted(seen)


def test_only_what_is_new_of_a_history_is_read(running: FakeStepFunctions) -> None:
    target = target_of(stepfunctions=running, sagemaker=OneEndpoint({}))

    looks = len(list(ExecutionWatcher(target, next(iter(running.executions))).poll(step_on(running, 6))))

    assert running.pages_read == looks


def test_the_time_left_is_learned_from_the_last_time(running: FakeStepFunctions) -> None:
    sagemaker = OneEndpoint({CREATION_SECONDS: "90"})
    follower = ExecutionWatcher(target_of(stepfunctions=running, sagemaker=sagemaker), next(iter(running.executions)))
    assert follower.snapshot().expected_end is None

    running.shown[next(iter(running.executions))] = 30
    snapshot = follower.snapshot()
    follower.snapshot()

    started = datetime.fromisoformat(snapshot.execution.endpoint_step["StartedAt"])
    assert snapshot.expected_end == started.astimezone(UTC) + timedelta(seconds=90)
    assert snapshot.endpoint is not None
    assert snapshot.endpoint.status == "Creating"
    assert sagemaker.tag_calls == 1


def test_a_network_that_comes_back_is_waited_for(running: FakeStepFunctions) -> None:
    running.errors = [None, LOST, LOST, None]
    target = target_of(stepfunctions=running, sagemaker=OneEndpoint({}))

    snapshots = list(ExecutionWatcher(target, next(iter(running.executions))).poll(step_on(running, 20)))

    assert not snapshots[-1].execution.is_running


def test_a_network_that_does_not_come_back_ends_the_following(running: FakeStepFunctions) -> None:
    running.errors = [LOST] * (MAX_UNANSWERED + 1)
    target = target_of(stepfunctions=running)

    with pytest.raises(EndpointConnectionError):
        list(ExecutionWatcher(target, next(iter(running.executions))).poll(lambda: None))


def test_an_expired_login_ends_the_following_at_once(running: FakeStepFunctions) -> None:
    expired = ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "expired"}}, "DescribeExecution")
    running.errors = [expired]

    with pytest.raises(ClientError):
        list(ExecutionWatcher(target_of(stepfunctions=running), next(iter(running.executions))).poll(lambda: None))
