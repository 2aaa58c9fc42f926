"""When endpoints were last used, from the same metrics that idle cleanup reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from slipway.aws.retry import OutOfTime
from slipway.cleanup.assess import NotIdle, idle_time, last_use
from slipway.cleanup.metrics import SURVEY_WINDOWS, CloudWatch, MetricWindow, read_metrics
from slipway.cleanup.snapshot import EndpointSnapshot, Variant
from slipway_cli.sdk.endpoints import Endpoint
from slipway_cli.sdk.retry import retrier_for

# First to the minute, then, for those not used lately, as far back as a week.
WINDOWS = (SURVEY_WINDOWS[0], SURVEY_WINDOWS[2])
# CloudWatch charges for each metric that is read, and has new values once a minute.
KEPT = timedelta(minutes=2)
MAX_SECONDS = 15.0  # of reading metrics, which may be throttled


@dataclass(frozen=True)
class LastUse:
    """An endpoint's last use. `since` is its time, or the start of the time without use, which may be earlier.

    `is_used` is None if the metrics do not show it, for the given `reason`.
    """

    is_used: bool | None
    since: datetime | None = None
    or_earlier: bool = False
    reason: str = ""


class LastUses:
    """A cache of the last uses."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._lock = Lock()
        self._known: dict[str, tuple[datetime, LastUse]] = {}

    def of(self, endpoints: Iterable[Endpoint], cloudwatch: CloudWatch) -> Mapping[str, LastUse]:
        """Return the last uses of those endpoints that are InService, by name."""
        serving = [endpoint for endpoint in endpoints if endpoint.status == "InService"]
        with self._lock:
            now = self._now()
            stale = [one for one in serving if one.name not in self._known or self._known[one.name][0] < now - KEPT]
            self._known |= {name: (now, use) for name, use in read_last_uses(stale, cloudwatch, now).items()}
            return {one.name: self._known[one.name][1] for one in serving}

    def forget(self, endpoint_name: str) -> None:
        """Read again at the next call: the console has just invoked the endpoint."""
        with self._lock:
            self._known.pop(endpoint_name, None)


def read_last_uses(endpoints: Iterable[Endpoint], cloudwatch: CloudWatch, now: datetime) -> dict[str, LastUse]:
    """Return the last use of each endpoint from CloudWatch."""
    uses: dict[str, LastUse] = {}
    waiting = [_snapshot(endpoint) for endpoint in endpoints]
    for window in WINDOWS:
        found = _measured(waiting, cloudwatch, now, window)
        uses |= {one.name: _use(one, now, window) for one in found}
        waiting = [one for one in waiting if not (one.name in uses and uses[one.name].is_used)]
    return {**{one.name: LastUse(None, reason="CloudWatch did not answer in time") for one in waiting}, **uses}


def _measured(
    endpoints: list[EndpointSnapshot], cloudwatch: CloudWatch, now: datetime, window: MetricWindow
) -> list[EndpointSnapshot]:
    try:
        return list(read_metrics(endpoints, lambda _: window, now, cloudwatch, retrier_for(MAX_SECONDS)))
    except OutOfTime:
        return []


def _snapshot(endpoint: Endpoint) -> EndpointSnapshot:
    return EndpointSnapshot(
        name=endpoint.name,
        arn=endpoint.arn,
        status=endpoint.status,
        created=endpoint.created,
        modified=endpoint.modified,
        variants=tuple(
            Variant(one.variant, one.instance_count, endpoint.kind == "Serverless") for one in endpoint.hosting
        ),
        asynchronous=endpoint.kind == "Asynchronous",
    )


def _use(endpoint: EndpointSnapshot, now: datetime, window: MetricWindow) -> LastUse:
    used = last_use(endpoint, now)
    if used:
        return LastUse(True, used.at, reason=used.metric)
    try:
        idle = idle_time(endpoint, now, min(window.provable, now - endpoint.changed))
    except NotIdle as doubt:
        return LastUse(None, reason=str(doubt))
    return LastUse(False, idle.since, idle.or_earlier)
