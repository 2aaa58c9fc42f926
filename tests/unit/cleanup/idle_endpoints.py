"""Endpoints to assess: an idle one, and changes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from slipway.cleanup.metrics import (
    MINUTE,
    RECHECK_WINDOWS,
    MetricWindow,
    activity,
    controls,
    metric_window_for,
    metrics_of,
    start_of,
)
from slipway.cleanup.policy import IdlePolicy, Scope, TagUnreadable
from slipway.cleanup.snapshot import EndpointSnapshot, Measured, Metric, Series, Variant

NOW = datetime(2026, 11, 22, 22, 0, 30, tzinfo=UTC)
SCOPE = Scope("slipway:stack", "slipway", "arn:aws:states:us-east-1:111122223333:execution:slipway:")
POLICY = IdlePolicy(SCOPE, timedelta(hours=2))
OURS = {"slipway:stack": "slipway", "slipway:execution": f"{SCOPE.executions}first"}
ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/digits"

Change = Callable[[EndpointSnapshot], EndpointSnapshot]


def minutes(number: float) -> datetime:
    """Return the instant so many minutes ago."""
    return NOW - timedelta(minutes=number)


def idle_endpoint(
    *variants: Variant, tags: Mapping[str, str] = {}, modified: float = 7 * 1440, **fields: object
) -> EndpointSnapshot:
    """Return an endpoint of a week of age whose instances report every minute and which is not used."""
    endpoint = EndpointSnapshot(
        name="digits",
        arn=ARN,
        status="InService",
        created=minutes(max(modified, 7 * 1440)),
        modified=minutes(modified),
        tags={**OURS, **tags},
        variants=variants or (Variant("AllTraffic", 1),),
    )
    endpoint = replace(endpoint, **fields)  # type: ignore[arg-type]
    return replace(endpoint, measured=measured(endpoint))


def measured(endpoint: EndpointSnapshot, windows: Sequence[MetricWindow] = RECHECK_WINDOWS) -> Measured:
    """Return metrics of one instance that reports every minute until three minutes ago."""
    try:
        window = POLICY.window_of(endpoint.tags)
    except TagUnreadable:
        window = POLICY.window
    metric_window = metric_window_for(window, windows)
    start, period = start_of(metric_window, NOW), metric_window.period
    periods = (start + index * period for index in range((minutes(3) - MINUTE - start) // period + 1))
    counts = {time: float(min(period, minutes(3) - time) // MINUTE) for time in periods}
    reports = Series(tuple(counts), tuple(counts.values()))
    series = {metric: Series() for metric in metrics_of(endpoint)} | dict.fromkeys(controls(endpoint), reports)
    return Measured(start, period, series)


def used(ago: float, metric: str = "Invocations", by: str = "") -> Change:
    """Let a metric have a value in the period so many minutes ago; `by` is the last dimension's value."""

    def change(endpoint: EndpointSnapshot) -> EndpointSnapshot:
        assert endpoint.measured
        start, period = endpoint.measured.since, endpoint.measured.period
        time = start + (minutes(ago) - start) // period * period
        [found] = [one for one in activity(endpoint) if one.name == metric and (not by or one.dimensions[-1][1] == by)]
        return with_series(endpoint, {found: Series((time,), (1.0,), endpoint.measured.series[found].trouble)})

    return change


def incomplete(metric: str, trouble: str = "PartialData") -> Change:
    """Let CloudWatch call a metric something else than Complete."""

    def change(endpoint: EndpointSnapshot) -> EndpointSnapshot:
        assert endpoint.measured
        found = {one: series for one, series in endpoint.measured.series.items() if one.name == metric}
        assert found
        return with_series(endpoint, {one: series._replace(trouble=trouble) for one, series in found.items()})

    return change


def unread(metric: str) -> Change:
    """Let a metric not have been read."""

    def change(endpoint: EndpointSnapshot) -> EndpointSnapshot:
        assert endpoint.measured
        kept = {one: series for one, series in endpoint.measured.series.items() if one.name != metric}
        return replace(endpoint, measured=replace(endpoint.measured, series=kept))

    return change


def reported(*spans: tuple[float, float], by: str = "") -> Change:
    """Let instances have reported only from so many minutes ago until so many minutes ago."""

    def change(endpoint: EndpointSnapshot) -> EndpointSnapshot:
        assert endpoint.measured
        reports = {}
        for metric in controls(endpoint):
            if not by or metric.dimensions[-1][1] == by:
                times = endpoint.measured.series[metric].times
                within = [time for time in times if any(minutes(a) <= time <= minutes(b) for a, b in spans)]
                reports[metric] = Series(tuple(within), (endpoint.measured.period / MINUTE,) * len(within))
        return with_series(endpoint, reports)

    return change


def with_series(endpoint: EndpointSnapshot, series: Mapping[Metric, Series]) -> EndpointSnapshot:
    """Return an endpoint with some of its metrics replaced."""
    assert endpoint.measured
    return replace(endpoint, measured=replace(endpoint.measured, series={**endpoint.measured.series, **series}))
