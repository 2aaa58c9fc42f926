from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from tests.processes import TIMEOUT

from slipway_local.adapters.cloudwatch import (
    EVENT_OVERHEAD,
    MAX_BYTES,
    MAX_EVENTS,
    CloudWatchLogs,
    CloudWatchMetrics,
    _batches,
)

GROUP, STREAM = "/aws/sagemaker/Endpoints/ep", "AllTraffic/i-0123"


@pytest.fixture
def logs(client: Callable[[str], Any]) -> Any:
    return client("logs")


def messages(logs: Any) -> list[str]:
    found: list[str] = []
    request = {"logGroupName": GROUP, "logStreamName": STREAM, "startFromHead": True}
    page = logs.get_log_events(**request)
    while page["events"]:
        found += [event["message"] for event in page["events"]]
        page = logs.get_log_events(**request, nextToken=page["nextForwardToken"])
    return found


def test_the_first_lines_create_group_and_stream(logs: Any) -> None:
    writer = CloudWatchLogs(logs)

    writer.write(GROUP, STREAM, ["one", "two"])
    writer.write(GROUP, STREAM, ["three"])

    assert messages(logs) == ["one", "two", "three"]


def test_a_stream_is_created_in_a_group_that_exists(logs: Any) -> None:
    logs.create_log_group(logGroupName=GROUP)

    CloudWatchLogs(logs).write(GROUP, STREAM, ["one"])

    assert messages(logs) == ["one"]


def test_blank_lines_are_dropped_because_an_event_may_not_be_empty(logs: Any) -> None:
    CloudWatchLogs(logs).write(GROUP, STREAM, ["", "one", "", "  ", ""])

    assert messages(logs) == ["one", "  "]


def test_a_very_long_line_becomes_several_events(logs: Any) -> None:
    line = "é" * 130_000

    CloudWatchLogs(logs).write(GROUP, STREAM, [line])

    assert len(messages(logs)) == 3
    assert "".join(messages(logs)) == line


@given(sizes=st.lists(st.integers(1, 240_000), max_size=40), copies=st.integers(1, 700))
def test_batches_keep_the_order_and_the_quotas(sizes: list[int], copies: int) -> None:
    events = [{"message": "x" * size} for size in sizes] + [{"message": "y"}] * copies * 20

    batches = list(_batches(events))

    assert [event for batch in batches for event in batch] == events
    for batch in batches:
        assert 0 < len(batch) <= MAX_EVENTS
        assert sum(len(event["message"]) + EVENT_OVERHEAD for event in batch) <= MAX_BYTES


DIMENSIONS = {"EndpointName": "ep", "VariantName": "AllTraffic"}


def test_what_was_put_can_be_summed(client: Callable[[str], Any]) -> None:
    cloudwatch = client("cloudwatch")
    metrics = CloudWatchMetrics(cloudwatch)

    for _ in range(3):
        metrics.put("AWS/SageMaker", "Invocations", 1.0, "None", DIMENSIONS)
    metrics.flush()

    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[{"Name": name, "Value": value} for name, value in DIMENSIONS.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert [(point["Sum"], point["Unit"]) for point in points] == [(3.0, "None")]


class Recorder:
    """A CloudWatch client whose first call waits until it is let go."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []
        self.entered = threading.Event()
        self.go = threading.Event()

    def put_metric_data(self, **request: Any) -> None:
        self.entered.set()
        assert self.go.wait(TIMEOUT)
        self.calls.append((request["Namespace"], [datum["MetricName"] for datum in request["MetricData"]]))


def test_what_gathers_during_a_call_goes_in_the_next_one_by_namespace() -> None:
    recorder = Recorder()
    metrics = CloudWatchMetrics(recorder)

    metrics.put("A", "first", 1.0, "None", {})
    assert recorder.entered.wait(TIMEOUT)
    for namespace, name in [("A", "a1"), ("B", "b1"), ("A", "a2")]:
        metrics.put(namespace, name, 1.0, "None", {})
    recorder.go.set()
    metrics.flush()

    assert recorder.calls == [("A", ["first"]), ("A", ["a1", "a2"]), ("B", ["b1"])]


def test_a_refused_batch_is_logged_and_the_next_one_is_published(caplog: pytest.LogCaptureFixture) -> None:
    class Flaky:
        def __init__(self) -> None:
            self.published: list[str] = []

        def put_metric_data(self, **request: Any) -> None:
            if request["MetricData"][0]["MetricName"] == "lost":
                raise ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "PutMetricData")
            self.published += [datum["MetricName"] for datum in request["MetricData"]]

    flaky = Flaky()
    metrics = CloudWatchMetrics(flaky)

    with caplog.at_level(logging.WARNING):
        metrics.put("A", "lost", 1.0, "None", {})
        metrics.flush()
        metrics.put("A", "kept", 1.0, "None", {})
        metrics.flush()

    assert flaky.published == ["kept"]
    assert "1 metric data were not published" in caplog.text
