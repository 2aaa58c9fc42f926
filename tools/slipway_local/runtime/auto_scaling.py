"""What Application Auto Scaling does with an endpoint's variants: bounds, schedules, target tracking, step policies.

Metrics are read as they are published, by minutes of SageMaker's clock, which may be a fraction of a real one; the
alarms of target tracking are not created. A policy scales out when three minutes are above the target, and in when
fifteen are below nine tenths of it. AWS documents neither; the three and the fifteen are the data points of the alarms
that it creates (aws/copilot-cli issue 4233, aws-samples/amazon-aurora-labs-for-mysql issue 3), the nine tenths are an
assumption. A metric without data scales nothing. Schedules are by the time of day.
"""

from __future__ import annotations

import logging
import math
import operator
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slipway_local.ports import Metrics

logger = logging.getLogger(__name__)
MINUTES_OUT, MINUTES_IN = 3, 15
IN_BELOW = 0.9
COOLDOWN = 5  # minutes: 300 s, the default of SageMaker's variants
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

MetricKey = tuple[str, str, frozenset[tuple[str, str]]]
Json = Mapping[str, Any]
# The first instant after another one that a cron expression names, in the zone of that instant.
NextTime = Callable[[str, datetime], datetime | None]


@dataclass(frozen=True)
class Bounds:
    """MinCapacity and MaxCapacity."""

    least: int
    most: int

    def within(self, count: int) -> int:
        """Return the count, or the bound that is nearer."""
        return max(self.least, min(self.most, count))


@dataclass(frozen=True)
class Policy:
    """A scaling policy: its ARN, its type, and its configuration of that type."""

    arn: str
    kind: str
    configuration: Json


@dataclass(frozen=True)
class ScheduledAction:
    """A schedule, and the bounds that it sets."""

    name: str
    expression: str
    zone: str
    least: int | None
    most: int | None


@dataclass(frozen=True)
class Target:
    """A scalable target."""

    resource_id: str
    bounds: Bounds
    policies: tuple[Policy, ...] = ()
    actions: tuple[ScheduledAction, ...] = ()

    @property
    def endpoint_and_variant(self) -> tuple[str, str]:
        """Return whose instances are scaled."""
        _, endpoint, _, variant = self.resource_id.split("/")
        return endpoint, variant


class RecentMetrics:
    """`Metrics` that keeps the last minutes of each metric as well; from any thread."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._lock = threading.Lock()
        self._present: dict[MetricKey, list[float]] = defaultdict(list)
        self._minutes: dict[MetricKey, deque[list[float]]] = {}

    def put(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], minutes_ago: int = 0
    ) -> None:
        """Publish one datum."""
        self._metrics.put(namespace, name, value, unit, dimensions, minutes_ago)
        if not minutes_ago:
            self.note(namespace, name, value, dimensions)

    def note(self, namespace: str, name: str, value: float, dimensions: Mapping[str, str]) -> None:
        """Keep a datum that is not published: CloudWatch has one of its minute already."""
        with self._lock:
            self._present[namespace, name, frozenset(dimensions.items())].append(value)

    def end_minute(self) -> None:
        """Begin a new minute."""
        with self._lock:
            for key in {*self._present, *self._minutes}:
                kept = self._minutes.setdefault(key, deque(maxlen=MINUTES_IN))
                kept.append(self._present.get(key, []))
                if not any(kept):
                    del self._minutes[key]
            self._present.clear()

    def last(self, key: MetricKey, minutes: int, statistic: str) -> list[float]:
        """Return a metric's last minutes, the newest last; nothing where one of them has no datum."""
        with self._lock:
            found = list(self._minutes.get(key, ()))[-minutes:]
        if len(found) < minutes or not all(found):
            return []
        return [sum(data) if statistic == "Sum" else sum(data) / len(data) for data in found]


@dataclass(frozen=True)
class ScaledServices:
    """What scaling reads and changes. `counts` has the desired instances of an endpoint that is InService."""

    targets: Callable[[], Sequence[Target]]
    set_bounds: Callable[[str, Bounds], None]
    counts: Callable[[str], Mapping[str, int]]
    resize: Callable[[str, str, int], None]
    alarms: Callable[[], Iterable[Json]]
    metrics: RecentMetrics
    next_time: NextTime


class AutoScaler:
    """Scales variants once a minute. It takes what cannot be changed now up again in the next minute."""

    def __init__(self, services: ScaledServices, now: Callable[[], datetime]) -> None:
        self._services = services
        self._now = now
        self._minute = 0
        self._changed: dict[str, int] = {}
        self._checked: dict[tuple[str, str, str], datetime] = {}

    def report(self) -> None:
        """End a minute of the metrics, and scale by it."""
        self._services.metrics.end_minute()
        self._minute += 1
        self.run_schedules(self._now())
        for target in self._services.targets():
            self._scale(target)

    def run_schedules(self, until: datetime) -> list[str]:
        """Run the scheduled actions that are due until an instant, and return their targets and names."""
        ran = []
        for target in self._services.targets():
            for action in target.actions:
                key = (target.resource_id, action.name, action.expression)
                last = self._checked.setdefault(key, self._now())
                due = self._services.next_time(action.expression, last.astimezone(ZoneInfo(action.zone)))
                self._checked[key] = max(last, until)
                if due is not None and due <= until:
                    ran.append(f"{target.resource_id} {action.name}")
                    self._services.set_bounds(target.resource_id, _bounds_after(action, target.bounds))
        return ran

    def _scale(self, target: Target) -> None:
        endpoint, variant = target.endpoint_and_variant
        count = self._services.counts(endpoint).get(variant)
        if count is None:
            return  # "Scaling is blocked while Updating"
        wanted = target.bounds.within(count)
        if wanted == count and self._minute - self._changed.get(target.resource_id, -COOLDOWN) >= COOLDOWN:
            # "the scaling policy that provides the largest capacity" (user guide, "Multiple policies").
            proposed = [one for policy in target.policies if (one := self._proposed(policy, target, count)) is not None]
            wanted = target.bounds.within(max(proposed, default=count))
        if wanted != count:
            self._changed[target.resource_id] = self._minute
            logger.info("%s: %d instances, %d before", target.resource_id, wanted, count)
            self._services.resize(endpoint, variant, wanted)

    def _proposed(self, policy: Policy, target: Target, count: int) -> int | None:
        if policy.kind == "StepScaling":
            return self._by_steps(policy, count)
        return self._by_target(policy.configuration, target, count)

    def _by_target(self, configuration: Json, target: Target, count: int) -> int | None:
        key, statistic = tracked_metric(configuration, *target.endpoint_and_variant)
        wanted = float(configuration["TargetValue"])
        metrics, instances = self._services.metrics, max(count, 1)
        high, low = metrics.last(key, MINUTES_OUT, statistic), metrics.last(key, MINUTES_IN, statistic)
        if high and min(high) > wanted:
            return max(count, math.ceil(instances * high[-1] / wanted))
        if low and max(low) < IN_BELOW * wanted and not configuration.get("DisableScaleIn"):
            return min(count, math.ceil(instances * low[-1] / wanted))
        return None

    def _by_steps(self, policy: Policy, count: int) -> int | None:
        for alarm in self._services.alarms():
            if policy.arn not in alarm.get("AlarmActions", []):
                continue
            dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
            key = _key(alarm["Namespace"], alarm["MetricName"], dimensions)
            values = self._services.metrics.last(key, alarm["EvaluationPeriods"], alarm["Statistic"])
            threshold, compare = float(alarm["Threshold"]), COMPARISONS[alarm["ComparisonOperator"]]
            if values and all(compare(value, threshold) for value in values):
                return _stepped(policy.configuration, values[-1] - threshold, count)
        return None


def tracked_metric(configuration: Json, endpoint: str, variant: str) -> tuple[MetricKey, str]:
    """Return the metric of a target tracking policy, and its statistic."""
    if custom := configuration.get("CustomizedMetricSpecification"):
        dimensions = {each["Name"]: each["Value"] for each in custom.get("Dimensions", [])}
        return _key(custom["Namespace"], custom["MetricName"], dimensions), custom["Statistic"]
    dimensions = {"EndpointName": endpoint, "VariantName": variant}
    return _key("AWS/SageMaker", "InvocationsPerInstance", dimensions), "Sum"


def _key(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    return namespace, name, frozenset(dimensions.items())


def _stepped(configuration: Json, beyond: float, count: int) -> int | None:
    """Return the count after a breach by so much: above the threshold, a lower bound is part of its step."""
    for step in configuration["StepAdjustments"]:
        lower = step.get("MetricIntervalLowerBound", -math.inf)
        upper = step.get("MetricIntervalUpperBound", math.inf)
        if lower <= beyond < upper:
            return max(0, count + int(step["ScalingAdjustment"]))
    return None


def _bounds_after(action: ScheduledAction, before: Bounds) -> Bounds:
    least = before.least if action.least is None else action.least
    return Bounds(least, before.most if action.most is None else action.most)
