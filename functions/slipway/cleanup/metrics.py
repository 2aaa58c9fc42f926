"""Which of CloudWatch's metrics tell whether an endpoint is used, and that its metrics arrive at all.

SageMaker developer guide: "Amazon SageMaker AI metrics in Amazon CloudWatch" for invocations, instances and inference
components, "Alarms and logs for tracking metrics from asynchronous endpoints" for those that publish no Invocations.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from slipway.cleanup.facts import EndpointFacts, Metric

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
BACKLOG = "ApproximateBacklogSize"
CONTROL = "CPUUtilization"
# The guide spelt it with three s for years; which one arrives is not said.
PROCESSED = ("InvocationsProcesssed", "InvocationsProcessed", "InvocationFailures")


class MetricWindow(NamedTuple):
    """How far back metrics are asked for, and in periods of which length."""

    lookback: timedelta
    period: timedelta


# 181 periods each, so that 500 metrics stay within one page of 100,800 values. Periods are those that CloudWatch still
# has: of a minute for 15 days, of five for 63 (API reference of GetMetricData).
METRIC_WINDOWS = (
    MetricWindow(timedelta(hours=3), timedelta(minutes=1)),
    MetricWindow(timedelta(hours=15), timedelta(minutes=5)),
    MetricWindow(timedelta(hours=180), timedelta(hours=1)),
    MetricWindow(timedelta(days=30), timedelta(hours=4)),
)


def metric_window_for(window: timedelta) -> MetricWindow:
    """Return the closest look that sees the whole window; for a longer one the farthest, which `judge` then refuses."""
    return next(
        (metric_window for metric_window in METRIC_WINDOWS if metric_window.lookback >= window), METRIC_WINDOWS[-1]
    )


def start_of(metric_window: MetricWindow, now: datetime) -> datetime:
    """Return the first instant to ask for, on the border of a period, which CloudWatch answers fastest."""
    earliest = (now - metric_window.lookback).astimezone(UTC)
    return earliest - (earliest - datetime(1970, 1, 1, tzinfo=UTC)) % metric_window.period


def activity(endpoint: EndpointFacts) -> Iterator[Metric]:
    """Yield the metrics any value of which, other than zero, says that the endpoint is used."""
    for variant in endpoint.variants:
        dimensions = _of(endpoint.name, variant.name)
        for name in PROCESSED if endpoint.asynchronous else ("Invocations",):
            yield Metric(INVOCATIONS, name, "Sum", dimensions)
    if endpoint.asynchronous:
        yield Metric(INVOCATIONS, BACKLOG, "Maximum", (("EndpointName", endpoint.name),))
    for component in endpoint.components:
        yield Metric(INVOCATIONS, "Invocations", "Sum", (("InferenceComponentName", component),))


def controls(endpoint: EndpointFacts) -> Iterator[Metric]:
    """Yield the metrics that instances publish whether they are used or not."""
    for variant in endpoint.variants:
        if variant.instances != 0 and not variant.serverless:
            yield Metric(INSTANCES, CONTROL, "SampleCount", _of(endpoint.name, variant.name))


def metrics_of(endpoint: EndpointFacts) -> list[Metric]:
    """Return every metric that `judge` wants of an endpoint."""
    return [*activity(endpoint), *controls(endpoint)]


def _of(endpoint_name: str, variant_name: str) -> tuple[tuple[str, str], ...]:
    return (("EndpointName", endpoint_name), ("VariantName", variant_name))
