"""InvokeEndpointAsync: the queue, what becomes of an invocation, and what is published about it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from tests.unit.slipway_local.runtime.doubles import FakeContainer, FakeEndpoints, RecordedMetrics
from tests.unit.slipway_local.sagemaker.world import FakeClock

from slipway_local.ports import Answer, AsyncHosting, ObjectDenied, ObjectMissing, ServingVariant
from slipway_local.runtime.asynchronous import AsyncDependencies, AsyncInference
from slipway_local.runtime.errors import FaultError
from slipway_local.runtime.scheduler import OncePerMinute

GOOD = Answer(200, b"[1]", "application/json")
HOSTING = AsyncHosting(
    output_path="s3://out/put/",
    failure_path="s3://out/failed",
    success_topic="arn:good",
    error_topic="arn:bad",
    max_at_once=2,
    role_arn="arn:role",
)
PAYLOAD = {"X-Amzn-SageMaker-InputLocation": "s3://in/1", "X-Amzn-SageMaker-Content-Type": "text/csv"}
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


class FakePayloads:
    """S3 in a dictionary; what is in `denied` may not be touched."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {"s3://in/1": b"1,2"}
        self.denied: tuple[str, ...] = ()
        self.roles: list[str | None] = []

    def read(self, s3_uri: str) -> bytes:
        if s3_uri not in self.objects:
            raise ObjectMissing(s3_uri)
        return self.objects[s3_uri]

    def write(self, s3_uri: str, body: bytes, content_type: str) -> None:
        if s3_uri.startswith(self.denied):
            raise ObjectDenied(s3_uri)
        self.objects[s3_uri] = body

    def acting_as(self, role_arn: str | None) -> FakePayloads:
        self.roles.append(role_arn)
        return self


class FakeTopics:
    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.broken = False

    def publish(self, topic_arn: str, message: str, role_arn: str | None) -> None:
        if self.broken:
            raise OSError("no such topic")
        self.published.append((topic_arn, json.loads(message)))


class World:
    """One asynchronous endpoint; jobs run when `work` says so, on a clock that a test sets."""

    def __init__(self, answer: Answer | Exception = GOOD, hosting: AsyncHosting = HOSTING, instances: int = 1) -> None:
        self.container = FakeContainer(answer)
        variant = ServingVariant("AllTraffic", 1.0, self.container, instances)
        self.endpoints = FakeEndpoints({"ep": [variant], "now": [variant]}, {"ep": hosting})
        self.metrics, self.payloads, self.topics = RecordedMetrics(), FakePayloads(), FakeTopics()
        self.started: list[Callable[[], None]] = []
        self.time = 0.0
        around = AsyncDependencies(
            self.endpoints,
            self.metrics,
            self.payloads,
            self.topics.publish,
            "us-east-1",
            Random(1),
            seconds=lambda: self.time,
            now=lambda: NOW,
        )
        self.clock = FakeClock()
        self.inference = AsyncInference(around, "123456789012", OncePerMinute(self.clock), self.started.append)

    def ask(self, endpoint: str = "ep", body: bytes = b"", **headers: str) -> tuple[dict[str, str], dict[str, str]]:
        given = {name.replace("_", "-"): value for name, value in headers.items()} or ({} if body else PAYLOAD)
        status, answered, content = self.inference.invoke(endpoint, given, body)
        assert status == 202
        return answered, json.loads(content)

    def work(self) -> None:
        while self.started:
            self.started.pop(0)()

    def notification(self) -> dict[str, Any]:
        [(_, message)] = self.topics.published
        return message


def test_the_result_is_stored_at_the_answered_location() -> None:
    world = World()

    answered, content = world.ask()
    location = answered["X-Amzn-SageMaker-OutputLocation"]
    before = location in world.payloads.objects
    world.work()

    assert location == f"s3://out/put/{content['InferenceId']}.out"
    assert answered["X-Amzn-SageMaker-FailureLocation"] == f"s3://out/failed/{content['InferenceId']}-error.out"
    assert not before
    assert world.payloads.objects[location] == b"[1]"
    [invocation] = world.container.asked
    assert (invocation.body, invocation.content_type, invocation.timeout) == (b"1,2", "text/csv", 900.0)
    assert set(world.payloads.roles) == {"arn:role"}


def test_a_payload_in_the_request_and_the_output_path_of_the_request_are_used() -> None:
    world = World()

    answered, content = world.ask(
        body=b"3,4",
        X_Amzn_SageMaker_Inference_Id="mine",
        X_Amzn_SageMaker_S3OutputPathExtension="a/b",
        X_Amzn_SageMaker_Filename="c.json",
        X_Amzn_SageMaker_InvocationTimeoutSeconds="3600",
    )
    world.work()

    assert content == {"InferenceId": "mine"}
    assert answered["X-Amzn-SageMaker-OutputLocation"] == "s3://out/put/a/b/c.json"
    assert world.container.asked[0].body == b"3,4"
    assert world.container.asked[0].timeout == 3600


def test_a_success_notification_has_awss_form() -> None:
    world = World(hosting=replace(HOSTING, include_response_in=frozenset({"SUCCESS_NOTIFICATION_TOPIC"})))

    answered, content = world.ask()
    world.work()

    assert world.topics.published[0][0] == "arn:good"
    assert world.notification() == {
        "awsRegion": "us-east-1",
        "eventTime": "2026-11-01T12:00:00.000Z",
        "receivedTime": "2026-11-01T12:00:00.000Z",
        "invocationStatus": "Completed",
        "requestParameters": {"contentType": "text/csv", "endpointName": "ep", "inputLocation": "s3://in/1"},
        "responseParameters": {
            "contentType": "application/json",
            "outputLocation": answered["X-Amzn-SageMaker-OutputLocation"],
        },
        "responseBody": {"content": base64.b64encode(b"[1]").decode(), "encoding": "BASE64"},
        "inferenceId": content["InferenceId"],
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def test_an_answer_that_is_too_long_is_not_in_the_message() -> None:
    include = frozenset({"SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"})
    world = World(Answer(200, bytes(128 * 1024 + 1), "image/png"), replace(HOSTING, include_response_in=include))

    world.ask()
    world.work()

    assert "responseBody" not in world.notification()


def test_a_model_error_is_stored_at_the_failure_location_and_notified() -> None:
    world = World(Answer(500, b"no weights", "text/plain"))

    answered, _ = world.ask()
    world.work()

    assert world.payloads.objects[answered["X-Amzn-SageMaker-FailureLocation"]] == b"no weights"
    assert answered["X-Amzn-SageMaker-OutputLocation"] not in world.payloads.objects
    assert world.topics.published[0][0] == "arn:bad"
    assert world.notification()["invocationStatus"] == "Failed"
    assert world.notification()["failureReason"] == (
        "ClientError: Received server error (500) from model. "
        "See the SageMaker Endpoint logs in your account for more information."
    )
    assert world.metrics.values()["InvocationFailures"] == 1
    assert world.metrics.values()["Invocation5XXErrors"] == 1


def without_payload(world: World) -> None:
    world.payloads.objects.clear()


def without_upload(world: World) -> None:
    world.payloads.denied = ("s3://out",)


def without_endpoint(world: World) -> None:
    world.endpoints.endpoints.clear()


def after_its_time(world: World) -> None:
    world.time = 61.0


@pytest.mark.parametrize(
    ("answer", "happens", "reason", "metric"),
    [
        (TimeoutError(), None, "The model took longer than 900 seconds.", "InvocationFailures"),
        (ConnectionResetError(), None, "The model gave no answer.", "InvocationFailures"),
        (Answer(404, b"", ""), None, "Received client error (404) from model.", "Invocation4XXErrors"),
        (GOOD, without_payload, "Failed to download the request from s3://in/1.", "RequestDownloadFailures"),
        (GOOD, without_upload, "Failed to upload the response to s3://out/put/", "ResponseUploadFailures"),
        (GOOD, without_endpoint, "ClientError: Endpoint ep no longer serves.", None),
        (GOOD, after_its_time, "expired in the queue", "ExpiredRequests"),
    ],
)
def test_every_failure_is_notified_with_its_reason_and_counted(
    answer: Answer | Exception, happens: Callable[[World], None] | None, reason: str, metric: str | None
) -> None:
    world = World(answer)

    world.ask(X_Amzn_SageMaker_InputLocation="s3://in/1", X_Amzn_SageMaker_RequestTTLSeconds="60")
    if happens:
        happens(world)
    world.work()

    assert reason in world.notification()["failureReason"]
    if metric:
        assert world.metrics.values()[metric] == 1


def test_a_failed_notification_is_counted_and_the_result_is_stored() -> None:
    world = World()
    world.topics.broken = True

    answered, _ = world.ask()
    world.work()

    assert world.metrics.values()["NotificationFailures"] == 1
    assert answered["X-Amzn-SageMaker-OutputLocation"] in world.payloads.objects


def test_the_metrics_of_an_invocation_are_the_asynchronous_ones() -> None:
    world = World()

    world.ask()
    world.time = 2.0
    world.work()

    assert {name for name, _, _ in world.metrics.data} == {
        "TimeInBacklog",
        "RequestDownloadLatency",
        "ModelLatency",
        "Invocation4XXErrors",
        "Invocation5XXErrors",
        "ResponseUploadLatency",
        "InvocationsProcesssed",
        "TotalProcessingTime",
    }
    assert world.metrics.values()["TimeInBacklog"] == 2e6
    assert world.metrics.values()["TotalProcessingTime"] == 2e3
    assert all(each == {"EndpointName": "ep", "VariantName": "AllTraffic"} for each in world.metrics.dimensions)


def test_concurrency_is_limited_by_the_instances() -> None:
    world = World(instances=2)

    for _ in range(7):
        world.ask()

    assert len(world.started) == 4
    world.started.pop(0)()
    assert len(world.started) == 4, "one has ended, the next has begun"
    world.work()
    assert len(world.container.asked) == 7


def test_without_instances_requests_wait_until_there_is_one() -> None:
    world = World(instances=0)

    world.ask()
    waited = list(world.started)
    [variant] = world.endpoints.endpoints["ep"]
    world.endpoints.endpoints["ep"] = [replace(variant, instance_count=1)]
    world.inference.report()

    assert waited == []
    assert len(world.started) == 1


def test_the_backlog_is_reported_by_endpoint_also_when_it_is_empty() -> None:
    world = World(instances=2)
    world.inference.report()
    empty = world.metrics.values()

    for _ in range(6):
        world.ask()
    world.time = 30.0
    world.clock.sleep(60)
    world.inference.report()

    nothing = {"ApproximateBacklogSize": 0.0, "ApproximateAgeOfOldestRequest": 0.0}
    assert empty == nothing | {"ApproximateBacklogSizePerInstance": 0.0, "HasBacklogWithoutCapacity": 0.0}
    assert world.metrics.values() == {
        "ApproximateBacklogSize": 6.0,
        "ApproximateAgeOfOldestRequest": 30.0,
        "ApproximateBacklogSizePerInstance": 3.0,
        "HasBacklogWithoutCapacity": 0.0,
    }
    assert all(each == {"EndpointName": "ep"} for each in world.metrics.dimensions), "the other one is no queue"


@pytest.mark.parametrize(
    ("endpoint", "headers", "body", "said"),
    [
        ("other", PAYLOAD, b"", "Endpoint other of account 123456789012 not found."),
        ("now", PAYLOAD, b"", "Endpoint now is not asynchronous: use InvokeEndpoint."),
        ("ep", {}, b"", "Exactly one of InputLocation and Body must be given."),
        ("ep", PAYLOAD, b"x", "Exactly one of InputLocation and Body must be given."),
        ("ep", {}, bytes(128_001), "Body must be at most 128000 bytes"),
        ("ep", {"X-Amzn-SageMaker-InputLocation": "file:///x"}, b"", "at 'inputLocation' failed"),
        ("ep", PAYLOAD | {"X-Amzn-SageMaker-RequestTTLSeconds": "59"}, b"", "greater than or equal to 60"),
        ("ep", PAYLOAD | {"X-Amzn-SageMaker-RequestTTLSeconds": "21601"}, b"", "less than or equal to 21600"),
        ("ep", PAYLOAD | {"X-Amzn-SageMaker-Filename": "a.b.c"}, b"", "at 'filename' failed"),
    ],
)
def test_an_invalid_asynchronous_invocation_is_refused(
    endpoint: str, headers: dict[str, str], body: bytes, said: str
) -> None:
    with pytest.raises(FaultError) as refused:
        World().inference.invoke(endpoint, headers, body)

    assert refused.value.code == "ValidationError"
    assert said in str(refused.value)
