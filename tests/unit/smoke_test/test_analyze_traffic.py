"""AnalyzeTraffic: what CloudWatch has of the old and the new fleet, and the verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipway.errors import AccessDenied
from slipway.smoke_test.analyze_traffic import FleetMetric, TrafficAnalysis, Update, analyze_traffic
from slipway.smoke_test.aws import fleet_metrics
from tests.fakes.account import FakeFleetMetrics
from tests.fakes.sagemaker import ACCOUNT, FakeSageMaker
from tests.unit.conftest import Stub
from tests.unit.deployments import Deployment
from tests.unit.execution import plan_of

OLD, NOW = "digits-old", datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=15)
FINE: dict[str, Any] = {"Invocations": 1000, "p50": 20.0, "p95": 50.0}
DIMENSIONS = {"EndpointName": "digits", "VariantName": "AllTraffic", "EndpointConfigName": OLD}


class Traffic:
    """An endpoint that was updated, and what its fleets measured."""

    def __init__(self, sagemaker: FakeSageMaker) -> None:
        self.sagemaker = sagemaker
        self.new = Deployment(sagemaker).deploy()["EndpointConfigName"]
        endpoint = sagemaker._resources[f"{ACCOUNT}:endpoint/digits"]
        endpoint["ProductionVariants"] = [{"VariantName": "AllTraffic"}]
        self.metrics = FakeFleetMetrics()

    def measured(self, config: str, **values: float) -> None:
        for name, value in values.items():
            is_latency = name in ("p50", "p95")
            key = (config, "ModelLatency", name) if is_latency else (config, name, "Sum")
            self.metrics.values[key] = [value * 1000] if is_latency else [value / 2, value / 2]

    def analyze(self, **wanted: Any) -> TrafficAnalysis:
        plan = plan_of(TrafficAnalysis=wanted)
        return analyze_traffic(plan, Update(OLD, self.new, SINCE), self.sagemaker, self.metrics, NOW)


@pytest.fixture
def traffic(sagemaker: FakeSageMaker) -> Traffic:
    found = Traffic(sagemaker)
    found.measured(OLD, **FINE)
    found.measured(found.new, **FINE)
    return found


def test_both_fleets_are_shown_side_by_side(traffic: Traffic) -> None:
    traffic.measured(traffic.new, Invocations=200, Invocation4XXErrors=100, Invocation5XXErrors=2)
    traffic.metrics.values[traffic.new, "ModelLatency", "p95"] = [10_000.0, 90_000.0, 70_000.0]

    found = traffic.analyze()

    assert (found["Verdict"], found["Message"]) == ("Successful", "")
    assert (found["Since"], found["Until"]) == ("2026-11-01T12:05:00.000Z", "2026-11-01T12:30:00.000Z")
    (variant,) = found["Variants"]
    none = {"Errors4XX": 0, "Errors5XX": 0, "ModelErrors": 0}
    old = {"EndpointConfigName": OLD, "Invocations": 1000, **none, "MedianLatencyMs": 20.0, "P95LatencyMs": 50.0}
    assert variant["Old"] == old
    assert variant["New"] == {
        **old,
        "EndpointConfigName": traffic.new,
        "Invocations": 200,
        "Errors4XX": 100,
        "Errors5XX": 2,
        "P95LatencyMs": 70.0,
    }


def test_the_metrics_are_those_of_the_fleets_since_before_the_update(traffic: Traffic) -> None:
    traffic.analyze(Minutes=5)

    ((metrics, since, until),) = traffic.metrics.asked
    assert (since, until, len(metrics)) == (SINCE - timedelta(minutes=5), NOW, 12)
    # SageMaker developer guide, "Monitor model latency on the new fleet": three dimensions.
    assert FleetMetric("ModelLatency", "p95", DIMENSIONS) in metrics
    assert FleetMetric("Invocation5XXErrors", "Sum", {**DIMENSIONS, "EndpointConfigName": traffic.new}) in metrics


@pytest.mark.parametrize(
    ("old", "new", "verdict", "message"),
    [
        # 5 % is the failure ratio of Argo Rollouts' example, successCondition: result[0] >= 0.95.
        ({}, {"Invocation5XXErrors": 50}, "Successful", ""),
        ({}, {"Invocation5XXErrors": 51}, "Failed", "5.1% 5xx errors, more than the limit of 5.0%"),
        ({}, {"InvocationModelErrors": 400}, "Failed", "40.0% errors of the model, more than the limit of 5.0%"),
        ({"Invocation5XXErrors": 100}, {"Invocation5XXErrors": 200}, "Successful", ""),
        ({"Invocation5XXErrors": 100}, {"Invocation5XXErrors": 201}, "Failed", "20.1% 5xx errors"),
        ({}, {"p95": 150.0}, "Successful", ""),
        ({}, {"p95": 151.0}, "Failed", "a 95th percentile of 151 ms, more than the limit of 150 ms"),
        ({"p95": 300.0}, {"p95": 600.0}, "Successful", ""),
        ({"p95": 300.0}, {"p95": 601.0}, "Failed", "601 ms, more than the limit of 600 ms"),
        ({"Invocations": 50}, {"Invocations": 50}, "Successful", ""),
        ({}, {"Invocations": 49}, "Inconclusive", "the new version had 49 invocations, and 50 are needed"),
        ({}, {"Invocations": 49, "Invocation5XXErrors": 49}, "Inconclusive", "49 invocations"),
        ({"Invocations": 0}, {}, "Inconclusive", "the old version had 0 invocations, and 50 are needed"),
        ({"Invocations": 0}, {"p95": 9000.0}, "Inconclusive", "the old version had 0 invocations"),
        ({"Invocations": 0}, {"Invocation5XXErrors": 51}, "Failed", "5.1% 5xx errors, more than the limit of 5.0%"),
    ],
)
def test_the_verdict(
    traffic: Traffic, old: dict[str, float], new: dict[str, float], verdict: str, message: str
) -> None:
    traffic.measured(OLD, **old)
    traffic.measured(traffic.new, **new)

    found = traffic.analyze()

    (variant,) = found["Variants"]
    assert found["Verdict"] == variant["Verdict"] == verdict
    assert message in variant["Message"]
    assert bool(found["Message"]) == (verdict != "Successful")
    assert variant["Message"] in found["Message"]


@pytest.mark.parametrize("which", ["old", "new"])
def test_a_latency_that_was_not_measured_decides_nothing(traffic: Traffic, which: str) -> None:
    del traffic.metrics.values[OLD if which == "old" else traffic.new, "ModelLatency", "p95"]

    assert traffic.analyze()["Verdict"] == "Successful"


def test_the_worst_variant_decides_and_only_its_reason_is_given(traffic: Traffic) -> None:
    endpoint = traffic.sagemaker._resources[f"{ACCOUNT}:endpoint/digits"]
    endpoint["ProductionVariants"] = [{"VariantName": name} for name in ("A", "B")]
    fine = [[1000.0], [], [], [], [], []]  # as the metrics are asked for: old and new of A, old and new of B
    answers = [*fine, [7.0], *fine[1:], *fine, [1000.0], [], [500.0], *fine[3:]]
    plan = plan_of(TrafficAnalysis={})

    found = analyze_traffic(plan, Update(OLD, traffic.new, SINCE), traffic.sagemaker, lambda *_: answers, NOW)

    assert [variant["Verdict"] for variant in found["Variants"]] == ["Inconclusive", "Failed"]
    assert (found["Verdict"], "A: " in found["Message"]) == ("Failed", False)
    assert "B: 50.0% 5xx errors" in found["Message"]


def test_what_another_deployment_serves_is_not_compared(traffic: Traffic) -> None:
    traffic.measured(traffic.new, Invocation5XXErrors=1000)
    traffic.sagemaker._resources[f"{ACCOUNT}:endpoint/digits"]["EndpointConfigName"] = "digits-newer"

    found = traffic.analyze()

    assert (found["Verdict"], found["Variants"]) == ("Inconclusive", [])
    assert "was updated to digits-newer" in found["Message"]


def test_a_deleted_endpoint_is_not_compared(traffic: Traffic) -> None:
    traffic.sagemaker.delete_endpoint("digits")
    del traffic.sagemaker._resources[f"{ACCOUNT}:endpoint/digits"]

    assert traffic.analyze()["Verdict"] == "Inconclusive"


def test_metrics_are_read_by_the_minute(stub: Stub) -> None:
    stubber = stub("cloudwatch")
    metric = FleetMetric("ModelLatency", "p95", DIMENSIONS)
    about = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ModelLatency",
        "Dimensions": [{"Name": name, "Value": value} for name, value in DIMENSIONS.items()],
    }
    query = {"Id": "m0", "MetricStat": {"Metric": about, "Period": 60, "Stat": "p95"}}
    stubber.add_response(
        "get_metric_data",
        {"MetricDataResults": [{"Id": "m0", "Values": [1.0, 2.0]}]},
        {"MetricDataQueries": [query], "StartTime": SINCE, "EndTime": NOW},
    )
    stubber.add_client_error("get_metric_data", "AccessDenied", "no")

    assert fleet_metrics(stubber.client, [metric], SINCE, NOW) == [[1.0, 2.0]]
    with pytest.raises(AccessDenied):
        fleet_metrics(stubber.client, [metric], SINCE, NOW)
