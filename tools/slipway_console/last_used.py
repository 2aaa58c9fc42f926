"""When endpoints were last used, from the same metrics that idle cleanup reads."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from slipway.aws.retry import OutOfTime, Retrier
from slipway.cleanup.facts import EndpointFacts, Variant
from slipway.cleanup.measure import measured
from slipway.cleanup.metrics import METRIC_WINDOWS
from slipway.cleanup.policy import IdlePolicy, Scope
from slipway.cleanup.ports import CloudWatch
from slipway.cleanup.usage import idle_since, last_use
from slipway.cleanup.verdicts import NotIdle
from slipway.deployment.tags import STACK
from slipway_cli.sdk.endpoints import Endpoint

# First to the minute, then, for those not used lately, as far back as a week.
LOOKBACKS = (METRIC_WINDOWS[0].lookback, METRIC_WINDOWS[2].lookback)
# CloudWatch charges for each metric that is read, and has new values once a minute.
KEPT = timedelta(minutes=2)
RETRY_SECONDS = 15.0  # seconds of retries for a throttled CloudWatch


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
    """Return the last use of each endpoint, from CloudWatch."""
    uses: dict[str, LastUse] = {}
    waiting = [_facts(endpoint) for endpoint in endpoints]
    for lookback in LOOKBACKS:
        found = _measured(waiting, cloudwatch, now, lookback)
        uses |= {one.name: _use(one, now, lookback) for one in found}
        waiting = [one for one in waiting if not (one.name in uses and uses[one.name].is_used)]
    return {**{one.name: LastUse(None, reason="CloudWatch did not answer in time") for one in waiting}, **uses}


def _measured(
    facts: list[EndpointFacts], cloudwatch: CloudWatch, now: datetime, lookback: timedelta
) -> list[EndpointFacts]:
    deadline = time.monotonic() + RETRY_SECONDS
    retrier = Retrier(lambda: deadline - time.monotonic(), time.sleep, lambda most: random.uniform(0, most), 0)  # noqa: S311 - jitter
    # The tags of the endpoint's idle policy do not matter here.
    policy = IdlePolicy(Scope(STACK, ""), lookback)
    try:
        return list(measured(facts, now, policy, cloudwatch, retrier))
    except OutOfTime:
        return []


def _facts(endpoint: Endpoint) -> EndpointFacts:
    return EndpointFacts(
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


def _use(endpoint: EndpointFacts, now: datetime, lookback: timedelta) -> LastUse:
    used = last_use(endpoint, now)
    if used:
        return LastUse(True, used.at, reason=used.metric)
    age = now - max(endpoint.created, endpoint.modified)
    try:
        since, or_earlier = idle_since(endpoint, now, min(lookback, age))
    except NotIdle as doubt:
        return LastUse(None, reason=str(doubt))
    return LastUse(False, since, or_earlier)
