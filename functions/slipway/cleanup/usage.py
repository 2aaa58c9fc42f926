"""What an endpoint's metrics say of its use, and whether they may be believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from slipway.cleanup.facts import EndpointFacts, Measured, Metric, Series
from slipway.cleanup.metrics import CONTROL, activity, controls, metrics_of
from slipway.cleanup.verdicts import NotIdle, Verdict

# How long the control metric may be silent. Instances publish every minute, every five at the rarest, and CloudWatch
# shows it some minutes later; what hides a longer silence could hide an invocation.
MAX_SILENCE = timedelta(minutes=15)
PERIODS_OF_SILENCE = 3


class Use(NamedTuple):
    """The last sign of use: the end of its period, and the metric as "Invocations of AllTraffic"."""

    at: datetime
    metric: str


def last_use(endpoint: EndpointFacts, now: datetime) -> Use | None:
    """Return the last use that the metrics show, complete or not; None where they show none."""
    measured = endpoint.measured
    if measured is None:
        return None
    series = ((metric, measured.series.get(metric, Series())) for metric in activity(endpoint))
    uses = [Use(min(now, max(times) + measured.period), _label(metric)) for metric, (times, _) in series if times]
    return max(uses, default=None)


def idle_since(endpoint: EndpointFacts, now: datetime, window: timedelta) -> tuple[datetime, bool]:
    """Return since when an endpoint without use in its window is idle, and whether that may be earlier.

    Raises `NotIdle` where the metrics leave a doubt: a call failed, a metric is incomplete or missing, the window was
    not looked at as a whole, or the instances did not report throughout.
    """
    measured = _believable(endpoint, now - window)
    reporting = list(controls(endpoint))
    if not reporting:
        raise _unknown("it has no instances whose reports would show that metrics arrive")
    for metric in reporting:
        _check_reports(metric, measured, now - window, now)
    use = last_use(endpoint, now)
    changed = max(endpoint.created, endpoint.modified)
    if use:
        return max(use.at, changed), False
    return max(measured.since, changed), measured.since >= changed


def _believable(endpoint: EndpointFacts, since: datetime) -> Measured:
    measured = endpoint.measured
    if endpoint.trouble:
        raise _unknown(endpoint.trouble)
    if not endpoint.variants:
        raise _unknown(f"no {CONTROL} in the last three hours: it is serverless, or its instances do not report")
    if measured is None:
        raise _unknown("its metrics were not read")
    if measured.since > since:
        raise _unknown("its metrics were not read for its whole window")
    for doubt in _doubts(endpoint, measured):
        raise _unknown(doubt)
    return measured


def _doubts(endpoint: EndpointFacts, measured: Measured) -> Iterator[str]:
    for metric in metrics_of(endpoint):
        series = measured.series.get(metric)
        if series is None:
            yield f"{_label(metric)} was not read"
        elif series.trouble:
            yield f"{_label(metric)} is incomplete: {series.trouble}"


def _check_reports(metric: Metric, measured: Measured, since: datetime, now: datetime) -> None:
    times = measured.series[metric].times
    if not any(time + measured.period > since for time in times):
        raise _unknown(f"no {_label(metric)} in its window: its instances do not report")
    if _silent(times, measured.period, since, now) > max(MAX_SILENCE, PERIODS_OF_SILENCE * measured.period):
        raise _unknown(f"{_label(metric)} has gaps in its window, which may hide invocations")


def _silent(times: tuple[datetime, ...], period: timedelta, since: datetime, now: datetime) -> timedelta:
    """Return the longest time without a value between two instants."""
    within = sorted(time for time in times if time + period > since)
    ends = [since, *(min(now, time + period) for time in within)]
    return max(beginning - end for end, beginning in zip(ends, [*within, now], strict=True))


def _unknown(reason: str) -> NotIdle:
    return NotIdle(Verdict.METRICS_UNKNOWN, reason)


def _label(metric: Metric) -> str:
    return f"{metric.name} of {metric.dimensions[-1][1]}"
