from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway_local.adapters.cloudwatch import CloudWatchMetrics

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
        assert self.go.wait(10)
        self.calls.append((request["Namespace"], [datum["MetricName"] for datum in request["MetricData"]]))


def test_what_gathers_during_a_call_goes_in_the_next_one_by_namespace() -> None:
    recorder = Recorder()
    metrics = CloudWatchMetrics(recorder)

    metrics.put("A", "first", 1.0, "None", {})
    assert recorder.entered.wait(10)
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
