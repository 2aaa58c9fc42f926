"""What Application Auto Scaling does with variants, minute by minute.

Its user guide: "How target tracking scaling works", "How step scaling works", "How scheduled scaling works".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipway_local.runtime.auto_scaling import (
    AutoScaler,
    Bounds,
    Policy,
    RecentMetrics,
    ScaledServices,
    ScheduledAction,
    Target,
)

RESOURCE = "endpoint/queue/variant/AllTraffic"
ENDPOINT = {"EndpointName": "queue"}
STEP_ARN = "arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:1:policyName/from-zero"
BACKLOG = Policy(
    "tracking",
    "TargetTrackingScaling",
    {
        "TargetValue": 5.0,
        "CustomizedMetricSpecification": {
            "Namespace": "AWS/SageMaker",
            "MetricName": "ApproximateBacklogSizePerInstance",
            "Dimensions": [{"Name": "EndpointName", "Value": "queue"}],
            "Statistic": "Average",
        },
    },
)
INVOCATIONS = Policy("invocations", "TargetTrackingScaling", {"TargetValue": 10.0})
FROM_ZERO = Policy(
    STEP_ARN, "StepScaling", {"StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]}
)
ALARM = {
    "Namespace": "AWS/SageMaker",
    "MetricName": "HasBacklogWithoutCapacity",
    "Dimensions": [{"Name": "EndpointName", "Value": "queue"}],
    "Statistic": "Average",
    "EvaluationPeriods": 2,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "AlarmActions": [STEP_ARN],
}
MORNING = datetime(2026, 11, 2, 7, 59, 30, tzinfo=UTC)


class NoMetrics:
    """`Metrics` that keeps nothing."""

    def put(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], minutes_ago: int = 0
    ) -> None: ...


class Scaled:
    """A variant that is scaled; `count` is None while its endpoint is Updating."""

    def __init__(self, target: Target, count: int) -> None:
        self.target = target
        self.count: int | None = count
        self.alarms: list[dict[str, Any]] = [ALARM]
        self.metrics = RecentMetrics(NoMetrics())
        self.now = MORNING
        services = ScaledServices(
            lambda: [self.target],
            lambda _, bounds: setattr(self, "target", replace(self.target, bounds=bounds)),
            lambda _: {} if self.count is None else {"AllTraffic": self.count},
            lambda _endpoint, _variant, count: setattr(self, "count", count),
            lambda: self.alarms,
            self.metrics,
            lambda _, after: after.replace(hour=8, minute=0, second=0) if after.hour < 8 else None,
        )
        self.scaler = AutoScaler(services, lambda: self.now)

    def minutes(self, count: int, dimensions: Mapping[str, str] = ENDPOINT, /, **values: float) -> None:
        """Let minutes pass in each of which these metrics are published."""
        for _ in range(count):
            for name, value in values.items():
                self.metrics.put("AWS/SageMaker", name, value, "None", dimensions)
            self.scaler.report()


def test_a_count_outside_of_the_bounds_moves_into_them_at_once() -> None:
    below, above = Scaled(Target(RESOURCE, Bounds(2, 4)), 1), Scaled(Target(RESOURCE, Bounds(2, 4)), 9)

    below.minutes(1)
    above.minutes(1)

    assert (below.count, above.count) == (2, 4)


def test_a_backlog_above_its_target_for_three_minutes_starts_instances() -> None:
    scaled = Scaled(Target(RESOURCE, Bounds(0, 4), (BACKLOG,)), 1)

    scaled.minutes(2, ApproximateBacklogSizePerInstance=12)
    assert scaled.count == 1
    scaled.minutes(1, ApproximateBacklogSizePerInstance=12)

    assert scaled.count == 3


def test_an_empty_queue_is_scaled_to_zero_after_fifteen_minutes() -> None:
    scaled = Scaled(Target(RESOURCE, Bounds(0, 4), (BACKLOG,)), 2)

    scaled.minutes(14, ApproximateBacklogSizePerInstance=0)
    assert scaled.count == 2
    scaled.minutes(1, ApproximateBacklogSizePerInstance=0)

    assert scaled.count == 0


def test_one_waiting_request_starts_the_first_instance_only_by_the_step_policy_and_its_alarm() -> None:
    """Below the target, so that target tracking alone leaves it waiting."""
    request = {"ApproximateBacklogSizePerInstance": 1.0, "HasBacklogWithoutCapacity": 1.0}
    tracking = Scaled(Target(RESOURCE, Bounds(0, 4), (BACKLOG,)), 0)
    without_alarm = Scaled(Target(RESOURCE, Bounds(0, 4), (BACKLOG, FROM_ZERO)), 0)
    without_alarm.alarms = [{**ALARM, "AlarmActions": ["arn:of-another-policy"]}]
    complete = Scaled(Target(RESOURCE, Bounds(0, 4), (BACKLOG, FROM_ZERO)), 0)

    for scaled in (tracking, without_alarm):
        scaled.minutes(30, ENDPOINT, **request)
    complete.minutes(1, ENDPOINT, **request)
    assert complete.count == 0
    complete.minutes(1, ENDPOINT, **request)

    assert (tracking.count, without_alarm.count, complete.count) == (0, 0, 1)


def test_an_alarm_of_another_metric_or_dimension_wakes_nothing() -> None:
    scaled = Scaled(Target(RESOURCE, Bounds(0, 4), (FROM_ZERO,)), 0)
    scaled.alarms = [{**ALARM, "Dimensions": [*ALARM["Dimensions"], {"Name": "VariantName", "Value": "AllTraffic"}]}]  # type: ignore[misc]

    scaled.minutes(30, HasBacklogWithoutCapacity=1)

    assert scaled.count == 0


def test_invocations_are_counted_by_variant_and_no_data_scale_nothing_in() -> None:
    variant = {**ENDPOINT, "VariantName": "AllTraffic"}
    scaled = Scaled(Target(RESOURCE, Bounds(1, 4), (INVOCATIONS,)), 2)

    scaled.minutes(3, variant, InvocationsPerInstance=15)
    assert scaled.count == 3
    scaled.minutes(60)

    assert scaled.count == 3


def test_scaling_waits_for_the_cooldown_and_for_an_endpoint_that_is_updating() -> None:
    scaled = Scaled(Target(RESOURCE, Bounds(1, 9), (BACKLOG,)), 1)
    scaled.minutes(3, ApproximateBacklogSizePerInstance=10)
    assert scaled.count == 2

    scaled.minutes(4, ApproximateBacklogSizePerInstance=10)
    assert scaled.count == 2
    scaled.count = None
    scaled.minutes(1, ApproximateBacklogSizePerInstance=10)
    scaled.count = 2
    scaled.minutes(1, ApproximateBacklogSizePerInstance=10)

    assert scaled.count == 4


def test_a_scheduled_action_sets_its_bounds_when_it_is_due_and_once() -> None:
    action = ScheduledAction("day", "cron(0 8 ? * * *)", "UTC", 3, None)
    scaled = Scaled(Target(RESOURCE, Bounds(1, 4), (), (action,)), 1)

    scaled.minutes(1)
    assert scaled.count == 1
    scaled.now = MORNING + timedelta(minutes=1)
    scaled.minutes(1)
    assert (scaled.count, scaled.target.bounds) == (3, Bounds(3, 4))

    scaled.target = replace(scaled.target, bounds=Bounds(1, 4))
    scaled.now += timedelta(hours=1)
    scaled.minutes(1)
    assert scaled.target.bounds == Bounds(1, 4)


@pytest.mark.parametrize(("zone", "ran"), [("Europe/Berlin", []), ("UTC", [f"{RESOURCE} day"])])
def test_a_schedule_is_read_in_its_time_zone(zone: str, ran: list[str]) -> None:
    """At 07:59 UTC it is 08:59 in Berlin, where 08:00 of this day has been."""
    action = ScheduledAction("day", "cron(0 8 ? * * *)", zone, 3, None)
    scaled = Scaled(Target(RESOURCE, Bounds(1, 4), (), (action,)), 1)

    assert scaled.scaler.run_schedules(MORNING + timedelta(minutes=1)) == ran


def test_a_minute_without_data_begins_the_fifteen_minutes_again() -> None:
    """The same guide: "does not perform scaling activities when the specified metric has insufficient data"."""
    scaled = Scaled(Target(RESOURCE, Bounds(0, 4), (BACKLOG,)), 2)

    scaled.minutes(14, ApproximateBacklogSizePerInstance=0)
    scaled.minutes(1)
    scaled.minutes(14, ApproximateBacklogSizePerInstance=0)
    assert scaled.count == 2
    scaled.minutes(1, ApproximateBacklogSizePerInstance=0)

    assert scaled.count == 0
