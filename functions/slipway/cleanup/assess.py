"""Is an endpoint idle? A pure assessment of a snapshot: in doubt it is not, and only what is Idle is ever deleted.

An endpoint is idle when its metrics show no use in its window, and its instances reported throughout: where they may
have been silent for longer than MAX_SILENCE, an invocation may be missing too. The window ends where the reports do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from slipway.cleanup.metrics import CONTROL, FIVE_MINUTES, MAX_SILENCE, activity, controls, metrics_of
from slipway.cleanup.policy import IdlePolicy, TagUnreadable, is_protected
from slipway.cleanup.snapshot import EndpointSnapshot, Measured, Metric, Series
from slipway.deployment.endpoint_status import BUSY, DELETE_ONLY
from slipway.deployment.tags import CANDIDATE_OF
from slipway.errors import Refused

# ListEndpoints and DescribeEndpoint need not round a time alike.
SAME_INSTANT = timedelta(seconds=1)
RAREST_REPORTS = FIVE_MINUTES


class Verdict(StrEnum):
    """What an endpoint is found to be. Only what is Idle is ever deleted."""

    IDLE = "Idle"
    ACTIVE = "Active"
    TOO_YOUNG = "TooYoung"
    CANDIDATE = "Candidate"
    PROTECTED = "Protected"
    TAG_INVALID = "TagInvalid"
    OUT_OF_SCOPE = "OutOfScope"
    SERVERLESS = "Serverless"
    NO_INSTANCES = "NoInstances"
    WAKING = "Waking"
    UPDATING = "Updating"
    DELETING = "Deleting"
    FAILED = "Failed"
    NOT_IN_SERVICE = "NotInService"
    METRICS_UNKNOWN = "MetricsUnknown"
    CHANGED = "Changed"
    GONE = "Gone"


BY_STATUS = {"Creating": Verdict.WAKING, "Deleting": Verdict.DELETING}
BY_STATUS |= dict.fromkeys(BUSY - set(BY_STATUS), Verdict.UPDATING)
BY_STATUS |= dict.fromkeys(DELETE_ONLY, Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class Assessment:
    """An endpoint's verdict, with its reason as a clause: "no use of AllTraffic since 2026-11-22 19:00 UTC".

    `idle_since` is the last use that is known of what is Active or Idle; where `or_earlier` is true, metrics were not
    read further back. `window` is that of the endpoint's own tag, or of the stack.
    """

    name: str
    arn: str
    verdict: Verdict
    reason: str
    created: datetime
    modified: datetime
    window: timedelta | None = None
    idle_since: datetime | None = None
    or_earlier: bool = False

    def but(self, verdict: Verdict, reason: str) -> Assessment:
        """Return another verdict on the same endpoint."""
        return Assessment(self.name, self.arn, verdict, reason, self.created, self.modified, self.window)


class NotIdle(Refused):
    """How an endpoint differs from an idle one: the message is the reason."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict


class Use(NamedTuple):
    """The last sign of use: the end of its period, and the metric as "Invocations of AllTraffic"."""

    at: datetime
    metric: str


class IdleTime(NamedTuple):
    """Since when an endpoint is idle, whether that may be earlier, and until when its instances reported."""

    since: datetime
    or_earlier: bool
    reported_until: datetime


def needs_metrics(endpoint: EndpointSnapshot, now: datetime, policy: IdlePolicy) -> bool:
    """Say whether its metrics decide about an endpoint, because nothing else keeps it."""
    try:
        _check(endpoint, now, _window(endpoint, policy))
    except NotIdle:
        return False
    return True


def assess(endpoint: EndpointSnapshot, now: datetime, policy: IdlePolicy) -> Assessment:
    """Return the verdict on an endpoint at an instant."""
    window = None
    try:
        window = _window(endpoint, policy)
        _check(endpoint, now, window)
        return _by_use(endpoint, now, window)
    except NotIdle as not_idle:
        return _assessment(endpoint, not_idle.verdict, str(not_idle), window)


def last_use(endpoint: EndpointSnapshot, now: datetime) -> Use | None:
    """Return the last use that the metrics show, complete or not; None where they show none."""
    measured = endpoint.measured
    if measured is None:
        return None
    series = ((metric, measured.series.get(metric, Series())) for metric in activity(endpoint))
    uses = [Use(min(now, found.times[-1] + measured.period), _label(metric)) for metric, found in series if found.times]
    return max(uses, default=None)


def idle_time(endpoint: EndpointSnapshot, now: datetime, window: timedelta) -> IdleTime:
    """Return since when an endpoint without use in its window is idle.

    Raises `NotIdle` where the metrics leave a doubt: a call failed, a metric is incomplete or missing, the window was
    not read as a whole, or the instances did not report throughout.
    """
    measured = _complete(endpoint)
    until = _reported_until(endpoint, measured, now)
    for metric in controls(endpoint):
        if _silence(measured.series[metric], measured.period, until - window, now) > MAX_SILENCE:
            raise _unknown(f"{_label(metric)} has gaps in its window, which may hide invocations")
    if measured.since > until - window:
        raise _unknown("its metrics were not read for its whole window")
    use = last_use(endpoint, now)
    if use:
        return IdleTime(max(use.at, endpoint.changed), False, until)
    return IdleTime(max(measured.since, endpoint.changed), measured.since >= endpoint.changed, until)


def _window(endpoint: EndpointSnapshot, policy: IdlePolicy) -> timedelta:
    if lacks := policy.scope.lacks(endpoint.tags):
        raise NotIdle(Verdict.OUT_OF_SCOPE, lacks)
    if CANDIDATE_OF in endpoint.tags:
        raise NotIdle(Verdict.CANDIDATE, "a deployment tests a new version on it")
    try:
        if is_protected(endpoint.tags):
            raise NotIdle(Verdict.PROTECTED, "its tag slipway:protected says so")
        return policy.window_of(endpoint.tags)
    except TagUnreadable as unreadable:
        raise NotIdle(Verdict.TAG_INVALID, str(unreadable)) from None


def _check(endpoint: EndpointSnapshot, now: datetime, window: timedelta) -> None:
    _check_status(endpoint)
    _check_age(endpoint, now, window)
    if endpoint.variants and all(variant.serverless for variant in endpoint.variants):
        raise NotIdle(Verdict.SERVERLESS, "serverless costs nothing while it is not used")
    if endpoint.variants and all(variant.instances == 0 for variant in endpoint.variants):
        raise NotIdle(Verdict.NO_INSTANCES, "it is scaled to no instances, which cost nothing")


def _check_status(endpoint: EndpointSnapshot) -> None:
    if endpoint.status != "InService":
        raise NotIdle(BY_STATUS.get(endpoint.status, Verdict.NOT_IN_SERVICE), f"its status is {endpoint.status}")
    if endpoint.pending:
        raise NotIdle(Verdict.UPDATING, "an update is about to begin")


def _check_age(endpoint: EndpointSnapshot, now: datetime, window: timedelta) -> None:
    if endpoint.changed > now - window:
        what = "created" if endpoint.changed == endpoint.created else "changed"
        moment, minutes = _moment(endpoint.changed), _minutes(window)
        raise NotIdle(Verdict.TOO_YOUNG, f"{what} at {moment}, within its window of {minutes}")


def _by_use(endpoint: EndpointSnapshot, now: datetime, window: timedelta) -> Assessment:
    use = last_use(endpoint, now)
    if use and use.at > now - window:
        return _active(endpoint, use, window)
    since, or_earlier, reported_until = idle_time(endpoint, now, window)
    if use and use.at > reported_until - window:
        return _active(endpoint, use, window)
    _check_age(endpoint, reported_until, window)
    variants = " and ".join(variant.name for variant in endpoint.variants)
    reason = f"no use of {variants} since {_moment(since)}{' or earlier' if or_earlier else ''}"
    return _assessment(endpoint, Verdict.IDLE, reason, window, since, or_earlier=or_earlier)


def _active(endpoint: EndpointSnapshot, use: Use, window: timedelta) -> Assessment:
    return _assessment(endpoint, Verdict.ACTIVE, f"{use.metric}, last at {_moment(use.at)}", window, use.at)


def _assessment(
    endpoint: EndpointSnapshot,
    verdict: Verdict,
    reason: str,
    window: timedelta | None,
    since: datetime | None = None,
    *,
    or_earlier: bool = False,
) -> Assessment:
    times = (endpoint.created, endpoint.modified)
    return Assessment(endpoint.name, endpoint.arn, verdict, reason, *times, window, since, or_earlier)


def _complete(endpoint: EndpointSnapshot) -> Measured:
    measured = endpoint.measured
    if endpoint.trouble:
        raise _unknown(endpoint.trouble)
    if not endpoint.variants:
        raise _unknown(f"no {CONTROL} in the last three hours: it is serverless, or its instances do not report")
    if measured is None:
        raise _unknown("its metrics were not read")
    for doubt in _doubts(endpoint, measured):
        raise _unknown(doubt)
    return measured


def _doubts(endpoint: EndpointSnapshot, measured: Measured) -> Iterator[str]:
    for metric in metrics_of(endpoint):
        series = measured.series.get(metric)
        if series is None:
            yield f"{_label(metric)} was not read"
        elif series.trouble:
            yield f"{_label(metric)} is incomplete: {series.trouble}"


def _reported_until(endpoint: EndpointSnapshot, measured: Measured, now: datetime) -> datetime:
    """Return the last instant at which all variants' instances are known to have reported."""
    found = []
    for metric in controls(endpoint):
        times = measured.series[metric].times
        if not times:
            raise _unknown(f"no {_label(metric)} in its window: its instances do not report")
        # The report can be anywhere in its period. To find candidates, in periods of hours, the end is close enough.
        found.append(times[-1] if _is_fine(measured.period) else min(now, times[-1] + measured.period))
    if not found:
        raise _unknown("it has no instances whose reports would show that metrics arrive")
    return min(found)


def _is_fine(period: timedelta) -> bool:
    """Say whether two reports in periods side by side prove that no silence between them is too long."""
    return 2 * period <= MAX_SILENCE


def _silence(reports: Series, period: timedelta, since: datetime, now: datetime) -> timedelta:
    """Return a silence between two instants: in fine periods the longest possible, in others the longest certain one.

    Every report can be anywhere in its period. So between reports of two fine periods, silence may last from the
    beginning of the first to the end of the second. In periods of hours, fewer reports than even the rarest ones would
    be are a silence too.
    """
    found = [(time, count) for time, count in zip(reports.times, reports.values, strict=True) if time + period > since]
    if not found:
        return now - since
    times = [time for time, _ in found]
    if _is_fine(period):
        return max(times[0] + period - since, now - times[-1], *(b + period - a for a, b in pairwise(times)))
    gaps = [times[0] - since, now - times[-1] - period, *(b - a - period for a, b in pairwise(times))]
    return max(*gaps, *(min(now, time + period) - time - count * RAREST_REPORTS for time, count in found))


def _minutes(window: timedelta) -> str:
    minutes = int(window.total_seconds() // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _unknown(reason: str) -> NotIdle:
    return NotIdle(Verdict.METRICS_UNKNOWN, reason)


def _label(metric: Metric) -> str:
    return f"{metric.name} of {metric.dimensions[-1][1]}"
