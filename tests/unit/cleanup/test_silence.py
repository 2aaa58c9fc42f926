"""Whatever the window, and however rarely instances report: a silence that may hide an invocation keeps an endpoint.

The oracle is a timeline of single reports. CloudWatch sees it in periods, and the invocation that came while nothing
was reported is not in its metrics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from slipway.cleanup.assess import Verdict, assess
from slipway.cleanup.metrics import (
    MAX_SILENCE,
    RECHECK_WINDOWS,
    SURVEY_WINDOWS,
    MetricWindow,
    controls,
    metric_window_for,
    metrics_of,
    start_of,
)
from slipway.cleanup.policy import MAX_MINUTES, MIN_MINUTES
from slipway.cleanup.snapshot import EndpointSnapshot, Measured, Series
from tests.unit.cleanup.idle_endpoints import NOW, POLICY, idle_endpoint

MINUTE = timedelta(minutes=1)
WINDOWS = st.one_of(*(st.integers(MIN_MINUTES, most) for most in (200, 2000, MAX_MINUTES)))


def endpoint_of(window: int) -> EndpointSnapshot:
    return idle_endpoint(tags={"slipway:idle-after-minutes": str(window)}, modified=90 * 1440)


def reports(window: int, every: timedelta, offset: timedelta, silence: tuple[datetime, datetime]) -> list[datetime]:
    """Return when an instance reported, from well before the window until now."""
    first = NOW - timedelta(minutes=window) - timedelta(hours=9) + offset
    times = (first + number * every for number in range((NOW - first) // every + 1))
    return [time for time in times if not silence[0] <= time < silence[1]]


def seen(endpoint: EndpointSnapshot, times: Sequence[datetime], windows: Sequence[MetricWindow]) -> EndpointSnapshot:
    """Return an endpoint with these reports as CloudWatch has them, and without any use."""
    metric_window = metric_window_for(POLICY.window_of(endpoint.tags), windows)
    start, period = start_of(metric_window, NOW), metric_window.period
    counts = Counter(start + (time - start) // period * period for time in times if time >= start)
    found = sorted(counts)
    series = dict.fromkeys(metrics_of(endpoint), Series())
    series |= dict.fromkeys(controls(endpoint), Series(tuple(found), tuple(float(counts[time]) for time in found)))
    return replace(endpoint, measured=Measured(start, period, series))


@given(window=WINDOWS, data=st.data())
def test_no_silence_longer_than_promised_is_taken_for_idleness(window: int, data: st.DataObject) -> None:
    every = timedelta(seconds=data.draw(st.sampled_from([60, 120, 180, 300])))
    offset = timedelta(seconds=data.draw(st.integers(0, 300)))
    whole = timedelta(minutes=window)
    length = data.draw(st.timedeltas(MAX_SILENCE + timedelta(seconds=1), min(whole, timedelta(hours=12))))
    begins = NOW - whole + data.draw(st.timedeltas(timedelta(0), whole - length))
    endpoint = endpoint_of(window)

    times = reports(window, every, offset, (begins, begins + length))

    assert assess(seen(endpoint, times, RECHECK_WINDOWS), NOW, POLICY).verdict is not Verdict.IDLE


@given(window=WINDOWS, every=st.sampled_from([60, 120, 180, 300]), offset=st.integers(0, 300), late=st.integers(0, 5))
def test_an_endpoint_that_reports_throughout_is_idle(window: int, every: int, offset: int, late: int) -> None:
    times = reports(window, timedelta(seconds=every), timedelta(seconds=offset), (NOW - late * MINUTE, NOW + MINUTE))
    endpoint = endpoint_of(window)

    for windows in (SURVEY_WINDOWS, RECHECK_WINDOWS):
        assert assess(seen(endpoint, times, windows), NOW, POLICY).verdict is Verdict.IDLE
