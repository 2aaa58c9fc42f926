"""Endpoints to judge: an idle one, and what is said to be different about another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from slipway.cleanup.facts import EndpointFacts, Measured, Metric, Series, Variant
from slipway.cleanup.metrics import activity, controls, metric_window_for, metrics_of, start_of
from slipway.cleanup.policy import IdlePolicy, Scope, TagUnreadable

NOW = datetime(2026, 11, 22, 22, 0, 30, tzinfo=UTC)
SCOPE = Scope("slipway:stack", "slipway")
POLICY = IdlePolicy(SCOPE, timedelta(hours=2))
OURS = {"slipway:stack": "slipway"}
ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/digits"

Change = Callable[[EndpointFacts], EndpointFacts]


def minutes(number: float) -> datetime:
    """Return the instant so many minutes ago."""
    return NOW - timedelta(minutes=number)


def idle_endpoint(
    *variants: Variant, tags: Mapping[str, str] = {}, modified: float = 7 * 1440, **fields: object
) -> EndpointFacts:
    """Return an endpoint of a week of age whose instances report every minute and which nobody uses."""
    facts = EndpointFacts(
        name="digits",
        arn=ARN,
        status="InService",
        created=minutes(max(modified, 7 * 1440)),
        modified=minutes(modified),
        tags={**OURS, **tags},
        variants=variants or (Variant("AllTraffic", 1),),
    )
    facts = replace(facts, **fields)  # type: ignore[arg-type]
    return replace(facts, measured=measured(facts))


def measured(facts: EndpointFacts) -> Measured:
    """Return metrics of instances that report in every period until three minutes ago."""
    try:
        window = POLICY.window_of(facts.tags)
    except TagUnreadable:
        window = POLICY.window
    metric_window = metric_window_for(window)
    start = start_of(metric_window, NOW)
    reports = tuple(
        start + index * metric_window.period for index in range((minutes(3) - start) // metric_window.period)
    )
    series = {metric: Series() for metric in metrics_of(facts)} | dict.fromkeys(controls(facts), Series(reports))
    return Measured(start, metric_window.period, series)


def used(ago: float, metric: str = "Invocations", by: str = "") -> Change:
    """Let a metric have a value in the period so many minutes ago; `by` is the last dimension's value."""

    def change(facts: EndpointFacts) -> EndpointFacts:
        assert facts.measured
        start, period = facts.measured.since, facts.measured.period
        time = start + (minutes(ago) - start) // period * period
        [found] = [one for one in activity(facts) if one.name == metric and (not by or one.dimensions[-1][1] == by)]
        return with_series(facts, {found: Series((time,), facts.measured.series[found].trouble)})

    return change


def incomplete(metric: str, trouble: str = "PartialData") -> Change:
    """Let CloudWatch call a metric something else than Complete."""

    def change(facts: EndpointFacts) -> EndpointFacts:
        assert facts.measured
        found = {one: series for one, series in facts.measured.series.items() if one.name == metric}
        assert found
        return with_series(facts, {one: Series(series.times, trouble) for one, series in found.items()})

    return change


def unread(metric: str) -> Change:
    """Let a metric not have been asked for."""

    def change(facts: EndpointFacts) -> EndpointFacts:
        assert facts.measured
        kept = {one: series for one, series in facts.measured.series.items() if one.name != metric}
        return replace(facts, measured=replace(facts.measured, series=kept))

    return change


def reported(*spans: tuple[float, float], by: str = "") -> Change:
    """Let instances have reported only from so many minutes ago until so many minutes ago."""

    def change(facts: EndpointFacts) -> EndpointFacts:
        assert facts.measured
        reports = {}
        for metric in controls(facts):
            if not by or metric.dimensions[-1][1] == by:
                times = facts.measured.series[metric].times
                within = (time for time in times if any(minutes(a) <= time <= minutes(b) for a, b in spans))
                reports[metric] = Series(tuple(within))
        return with_series(facts, reports)

    return change


def with_series(facts: EndpointFacts, series: Mapping[Metric, Series]) -> EndpointFacts:
    """Return an endpoint with some of its metrics replaced."""
    assert facts.measured
    return replace(facts, measured=replace(facts.measured, series={**facts.measured.series, **series}))
