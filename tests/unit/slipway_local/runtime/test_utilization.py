"""CPUUtilization and MemoryUtilization, a minute at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.slipway_local.runtime.doubles import FakeContainer, FakeEndpoints, RecordedMetrics
from tests.unit.slipway_local.sagemaker.world import FakeClock

from slipway_local.ports import Answer, ServingVariant, Utilization
from slipway_local.runtime.metrics import UtilizationReporter
from slipway_local.runtime.scheduler import MIN_MINUTE, MinuteScheduler, OncePerMinute

GOOD = Answer(200, b"", "text/plain")


def variant(name: str, used: Utilization | None, instances: int = 1) -> ServingVariant:
    return ServingVariant(name, 1.0, FakeContainer(GOOD, used=used), instances)


def test_every_variant_with_instances_is_reported_under_its_own_name() -> None:
    metrics = RecordedMetrics()
    endpoints = FakeEndpoints(
        {
            "a": [variant("blue", Utilization(150.0, 12.5)), variant("green", Utilization(0.0, 1.0))],
            "serverless": [variant("v", Utilization(1.0, 1.0), instances=0)],
            "dead": [variant("v", None)],
        }
    )

    UtilizationReporter(endpoints, metrics, OncePerMinute(FakeClock())).report()

    assert metrics.namespaces == {"/aws/sagemaker/Endpoints"}
    assert metrics.data == [
        ("CPUUtilization", 150.0, "Percent"),
        ("MemoryUtilization", 12.5, "Percent"),
        ("CPUUtilization", 0.0, "Percent"),
        ("MemoryUtilization", 1.0, "Percent"),
    ]
    assert [each["VariantName"] for each in metrics.dimensions] == ["blue", "blue", "green", "green"]
    assert {each["EndpointName"] for each in metrics.dimensions} == {"a"}


def test_the_minutes_of_an_endpoint_that_is_made_older_are_reported_as_idle() -> None:
    metrics = RecordedMetrics()
    endpoints = FakeEndpoints(
        {"a": [variant("v", None), variant("serverless", None, instances=0)], "b": [variant("v", None)]}
    )

    UtilizationReporter(endpoints, metrics, OncePerMinute(FakeClock())).backfill("a", 3)

    assert [name for name, *_ in metrics.data] == ["CPUUtilization", "MemoryUtilization"] * 3
    assert metrics.minutes == [0, 0, 1, 1, 2, 2]
    assert {each["VariantName"] for each in metrics.dimensions} == {"v"}


@pytest.mark.parametrize(("scale", "waited"), [(1.0, 60.0), (0.1, 6.0), (0.004, MIN_MINUTE), (0.0, MIN_MINUTE)])
def test_a_minute_is_sagemakers_but_never_shorter_than_publishing_takes(scale: float, waited: float) -> None:
    waits: list[float] = []
    clock = FakeClock(scale)

    MinuteScheduler(clock, [], waits.append).pass_one()

    assert waits == [pytest.approx(waited)]


def test_a_report_that_fails_does_not_silence_the_others(caplog: pytest.LogCaptureFixture) -> None:
    passed: list[str] = []

    def broken() -> None:
        raise OSError("no CloudWatch")

    MinuteScheduler(FakeClock(), [broken, lambda: passed.append("passed")], lambda _: None).pass_one()

    assert passed == ["passed"]
    assert "no CloudWatch" in caplog.text


def test_a_minute_of_real_time_has_one_datum_however_fast_the_clock_runs() -> None:
    metrics, clock = RecordedMetrics(), FakeClock()
    endpoints = FakeEndpoints({"a": [variant("v", Utilization(1.0, 1.0))]})
    reporter = UtilizationReporter(endpoints, metrics, OncePerMinute(clock))

    for seconds in (0, 20, 30):
        clock.time += timedelta(seconds=seconds)
        reporter.report()
    in_the_first = len(metrics.data)
    endpoints.endpoints["b"] = [variant("v", Utilization(1.0, 1.0))]
    reporter.report()
    with_a_new_one = len(metrics.data)
    clock.time += timedelta(seconds=10)
    reporter.report()

    assert (in_the_first, with_a_new_one, len(metrics.data)) == (2, 4, 8)
