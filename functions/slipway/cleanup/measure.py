"""Reads the metrics of many endpoints in as few calls as there can be, and lets no failure pass for silence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from slipway.aws.retry import Retrier
from slipway.cleanup.facts import EndpointFacts, Measured, Metric, Series
from slipway.cleanup.metrics import MetricWindow, metric_window_for, metrics_of, start_of
from slipway.cleanup.policy import IdlePolicy
from slipway.cleanup.ports import CloudWatch
from slipway.errors import NotYet, Refused

MAX_METRICS = 500  # of one GetMetricData (its API reference)


def measured(
    endpoints: Iterable[EndpointFacts], now: datetime, policy: IdlePolicy, cloudwatch: CloudWatch, retrier: Retrier
) -> Iterator[EndpointFacts]:
    """Yield the endpoints with their metrics, grouped by how far back their windows reach.

    Their tags must be readable. Metrics that could not be read say why in their `trouble`. Raises `OutOfTime`.
    """
    groups: dict[MetricWindow, list[EndpointFacts]] = defaultdict(list)
    for endpoint in endpoints:
        groups[metric_window_for(policy.window_of(endpoint.tags))].append(endpoint)
    for metric_window, group in groups.items():
        series: dict[Metric, Series] = {}
        for batch in _batches(metric for endpoint in group for metric in metrics_of(endpoint)):
            series |= _read(batch, metric_window, now, cloudwatch, retrier)
        for endpoint in group:
            own = {metric: series[metric] for metric in metrics_of(endpoint)}
            yield replace(endpoint, measured=Measured(start_of(metric_window, now), metric_window.period, own))


def _read(
    batch: Sequence[Metric], metric_window: MetricWindow, now: datetime, cloudwatch: CloudWatch, retrier: Retrier
) -> dict[Metric, Series]:
    try:
        found = retrier(lambda: cloudwatch.measure(batch, start_of(metric_window, now), now, metric_window.period))
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
