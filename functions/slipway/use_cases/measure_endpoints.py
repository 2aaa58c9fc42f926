"""Reads the metrics of many endpoints in as few calls as there can be, and lets no failure pass for silence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from slipway.domain.idle_facts import EndpointFacts, Measured, Metric, Series
from slipway.domain.idle_metrics import Lens, lens_for, metrics_of, start_of
from slipway.domain.idle_policy import IdlePolicy
from slipway.errors import SlipwayError
from slipway.use_cases.idle_ports import CloudWatch
from slipway.use_cases.patience import Patience

MOST_METRICS = 500  # of one GetMetricData (its API reference)


def measured(
    endpoints: Iterable[EndpointFacts], now: datetime, policy: IdlePolicy, cloudwatch: CloudWatch, patience: Patience
) -> Iterator[EndpointFacts]:
    """Yield the endpoints with their metrics, grouped by how far back their windows reach.

    Their tags must be readable. Metrics that could not be read say why in their `trouble`. Raises `OutOfTime`.
    """
    groups: dict[Lens, list[EndpointFacts]] = defaultdict(list)
    for endpoint in endpoints:
        groups[lens_for(policy.window_of(endpoint.tags))].append(endpoint)
    for lens, group in groups.items():
        series: dict[Metric, Series] = {}
        for batch in _batches(metric for endpoint in group for metric in metrics_of(endpoint)):
            series |= _read(batch, lens, now, cloudwatch, patience)
        for endpoint in group:
            own = {metric: series[metric] for metric in metrics_of(endpoint)}
            yield replace(endpoint, measured=Measured(start_of(lens, now), lens.period, own))


def _read(
    batch: Sequence[Metric], lens: Lens, now: datetime, cloudwatch: CloudWatch, patience: Patience
) -> dict[Metric, Series]:
    try:
        found = patience(lambda: cloudwatch.measure(batch, start_of(lens, now), now, lens.period))
    except SlipwayError as error:
        found = {}
        missing = Series(trouble=f"CloudWatch answered {error}")
    else:
        missing = Series(trouble="CloudWatch did not answer for it")
    return {metric: found.get(metric, missing) for metric in batch}


def _batches(metrics: Iterable[Metric]) -> Iterator[list[Metric]]:
    rest = iter(metrics)
    while batch := list(islice(rest, MOST_METRICS)):
        yield batch
