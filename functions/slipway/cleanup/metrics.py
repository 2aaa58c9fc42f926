"""Which of CloudWatch's metrics show whether an endpoint is used and whether its metrics arrive, and reading them.

SageMaker developer guide: "Amazon SageMaker AI metrics in Amazon CloudWatch" for invocations, instances and inference
components, "Alarms and logs for tracking metrics from asynchronous endpoints" for those that publish no Invocations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple, Protocol

from slipway.aws.retry import Page, Retrier
from slipway.cleanup.snapshot import EndpointSnapshot, Measured, Metric, Series
from slipway.errors import NotYet, Refused

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
BACKLOG = "ApproximateBacklogSize"
CONTROL = "CPUUtilization"
# The guide spelt it with three s for years; which one arrives is not said.
PROCESSED = ("InvocationsProcesssed", "InvocationsProcessed", "InvocationFailures")
MAX_METRICS = 500  # of one GetMetricData (its API reference)
# For how long the control metric may be silent: what hides a longer silence could hide an invocation. Instances report
# every minute by default and every five at the rarest (MetricsConfig, MetricPublishFrequencyInSeconds), and CloudWatch
# has it some minutes later.
MAX_SILENCE = timedelta(minutes=15)


class MetricWindow(NamedTuple):
    """How far back metrics are read, and in periods of which length."""

    lookback: timedelta
    period: timedelta

    @property
    def provable(self) -> timedelta:
        """Return the longest time of which these metrics prove that an endpoint was unused."""
        return self.lookback - MAX_SILENCE - self.period


MINUTE, FIVE_MINUTES, HOUR = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)
# To find candidates among thousands: at most 187 periods, so that 500 metrics stay within a page of 100,800 values.
# Periods are those that CloudWatch still has: of a minute for 15 days, of five for 63 (API reference of GetMetricData).
SURVEY_WINDOWS = (
    MetricWindow(3 * HOUR, MINUTE),
    MetricWindow(15 * HOUR, FIVE_MINUTES),
    MetricWindow(180 * HOUR, HOUR),
    MetricWindow(31 * 24 * HOUR, 4 * HOUR),
)
# To prove of the few that are about to be deleted that no silence is longer than MAX_SILENCE.
RECHECK_WINDOWS = (
    *SURVEY_WINDOWS[:2],
    MetricWindow(36 * HOUR, FIVE_MINUTES),
    MetricWindow(180 * HOUR, FIVE_MINUTES),
    MetricWindow(31 * 24 * HOUR, FIVE_MINUTES),
)


class CloudWatch(Protocol):
    """CloudWatch's metrics of endpoints.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def reporting(self, token: str) -> Page[tuple[str, str]]:
        """Return up to 500 pairs of endpoint and variant whose instances reported within the last three hours."""

    def with_backlog(self, token: str) -> Page[str]:
        """Return up to 500 endpoints that published a backlog within the last three hours: asynchronous ones."""

    def measure(
        self, metrics: Sequence[Metric], since: datetime, until: datetime, period: timedelta
    ) -> Mapping[Metric, Series]:
        """Return up to 500 metrics between two instants; a metric that was not answered for is not in the result."""


def metric_window_for(window: timedelta, windows: Sequence[MetricWindow]) -> MetricWindow:
    """Return the shortest that proves the whole window; for a longer window the longest, which is not enough then."""
    return next((one for one in windows if one.provable >= window), windows[-1])


def start_of(metric_window: MetricWindow, now: datetime) -> datetime:
    """Return the first instant to read, on the border of a period, which CloudWatch answers fastest."""
    earliest = (now - metric_window.lookback).astimezone(UTC)
    return earliest - (earliest - datetime(1970, 1, 1, tzinfo=UTC)) % metric_window.period


def activity(endpoint: EndpointSnapshot) -> Iterator[Metric]:
    """Yield the metrics any value of which, other than zero, says that the endpoint is used."""
    for variant in endpoint.variants:
        dimensions = _of(endpoint.name, variant.name)
        for name in PROCESSED if endpoint.asynchronous else ("Invocations",):
            yield Metric(INVOCATIONS, name, "Sum", dimensions)
    if endpoint.asynchronous:
        yield Metric(INVOCATIONS, BACKLOG, "Maximum", (("EndpointName", endpoint.name),))
    for component in endpoint.components:
        yield Metric(INVOCATIONS, "Invocations", "Sum", (("InferenceComponentName", component),))


def controls(endpoint: EndpointSnapshot) -> Iterator[Metric]:
    """Yield the metrics that instances publish whether they are used or not: how often they reported."""
    for variant in endpoint.variants:
        if variant.instances != 0 and not variant.serverless:
            yield Metric(INSTANCES, CONTROL, "SampleCount", _of(endpoint.name, variant.name))


def metrics_of(endpoint: EndpointSnapshot) -> list[Metric]:
    """Return every metric that an assessment needs."""
    return [*activity(endpoint), *controls(endpoint)]


def read_metrics(
    endpoints: Iterable[EndpointSnapshot],
    window_of: Callable[[EndpointSnapshot], MetricWindow],
    now: datetime,
    cloudwatch: CloudWatch,
    retry: Retrier,
) -> Iterator[EndpointSnapshot]:
    """Yield the endpoints with their metrics, in as few calls as there can be: grouped by how far back they are read.

    Metrics that could not be read say why in their `trouble`. Raises `OutOfTime`.
    """
    groups: dict[MetricWindow, list[EndpointSnapshot]] = defaultdict(list)
    for endpoint in endpoints:
        groups[window_of(endpoint)].append(endpoint)
    for window, group in groups.items():
        series: dict[Metric, Series] = {}
        for batch in _batches(metric for endpoint in group for metric in metrics_of(endpoint)):
            series |= _read(batch, window, now, cloudwatch, retry)
        for endpoint in group:
            own = {metric: series[metric] for metric in metrics_of(endpoint)}
            yield replace(endpoint, measured=Measured(start_of(window, now), window.period, own))


def _read(
    batch: Sequence[Metric], window: MetricWindow, now: datetime, cloudwatch: CloudWatch, retry: Retrier
) -> dict[Metric, Series]:
    try:
        found = retry(lambda: cloudwatch.measure(batch, start_of(window, now), now, window.period))
    except (Refused, NotYet) as error:
        found = {}
        missing = Series(trouble=f"CloudWatch answered {error}")
    else:
        missing = Series(trouble="CloudWatch did not answer for it")
    return {metric: found.get(metric, missing) for metric in batch}


def _batches(metrics: Iterable[Metric]) -> Iterator[list[Metric]]:
    rest = iter(metrics)
    while batch := list(islice(rest, MAX_METRICS)):
        yield batch


def _of(endpoint_name: str, variant_name: str) -> tuple[tuple[str, str], ...]:
    return (("EndpointName", endpoint_name), ("VariantName", variant_name))
