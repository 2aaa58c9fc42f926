"""Is an endpoint idle? A pure judgement over facts: in doubt it is not, and only what is Idle is ever deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from slipway.cleanup.facts import EndpointFacts
from slipway.cleanup.policy import IdlePolicy, TagUnreadable, is_protected
from slipway.cleanup.usage import idle_since, last_use
from slipway.cleanup.verdicts import Assessment, NotIdle, Verdict, not_idle
from slipway.deployment.endpoint_status import BUSY, DELETE_ONLY

# ListEndpoints and DescribeEndpoint need not round a time alike.
SAME_INSTANT = timedelta(seconds=1)
BY_STATUS = {"Creating": Verdict.WAKING, "Deleting": Verdict.DELETING}
BY_STATUS |= dict.fromkeys(BUSY - set(BY_STATUS), Verdict.UPDATING)
BY_STATUS |= dict.fromkeys(DELETE_ONLY, Verdict.FAILED)


def needs_metrics(endpoint: EndpointFacts, now: datetime, policy: IdlePolicy) -> bool:
    """Say whether its metrics decide about an endpoint, because nothing else keeps it."""
    try:
        _check(endpoint, now, _window(endpoint, policy))
    except NotIdle:
        return False
    return True


def assess(endpoint: EndpointFacts, now: datetime, policy: IdlePolicy) -> Assessment:
    """Return the verdict over an endpoint at an instant."""
    window = None
    try:
        window = _window(endpoint, policy)
        _check(endpoint, now, window)
        return _by_use(endpoint, now, window)
    except NotIdle as not_idle:
        return _judgement(endpoint, not_idle.verdict, str(not_idle), window)


def compared(seen: Assessment, fresh: Assessment) -> Assessment:
    """Return the fresh judgement, unless the endpoint is no longer the one that was seen: then it is Changed."""
    if fresh.verdict is Verdict.IDLE and _moved(seen, fresh) > SAME_INSTANT:
        return not_idle(fresh, Verdict.CHANGED, "it was made anew or changed since it was first looked at")
    return fresh


def check_unchanged(seen: EndpointFacts, listed: EndpointFacts) -> None:
    """Raise `NotIdle` when an endpoint that was about to be deleted is listed as something else now."""
    if listed.status != seen.status or _moved(seen, listed) > SAME_INSTANT:
        raise NotIdle(Verdict.CHANGED, "it was made anew or changed since the last look")


def _moved(seen: EndpointFacts | Assessment, fresh: EndpointFacts | Assessment) -> timedelta:
    return max(abs(fresh.created - seen.created), abs(fresh.modified - seen.modified))


def _by_use(endpoint: EndpointFacts, now: datetime, window: timedelta) -> Assessment:
    use = last_use(endpoint, now)
    if use and use.at > now - window:
        return _judgement(endpoint, Verdict.ACTIVE, f"{use.metric}, last at {_moment(use.at)}", window, use.at)
    since, or_earlier = idle_since(endpoint, now, window)
    variants = " and ".join(variant.name for variant in endpoint.variants)
    reason = f"no use of {variants} since {_moment(since)}{' or earlier' if or_earlier else ''}"
    return _judgement(endpoint, Verdict.IDLE, reason, window, since, or_earlier=or_earlier)


def _judgement(
    endpoint: EndpointFacts,
    verdict: Verdict,
    reason: str,
    window: timedelta | None,
    since: datetime | None = None,
    *,
    or_earlier: bool = False,
) -> Assessment:
    about = (endpoint.created, endpoint.modified)
    return Assessment(endpoint.name, endpoint.arn, verdict, reason, *about, window, since, or_earlier)


def _window(endpoint: EndpointFacts, policy: IdlePolicy) -> timedelta:
    if not policy.scope.has(endpoint.tags):
        raise NotIdle(Verdict.OUT_OF_SCOPE, f"it does not bear the tag {policy.scope.key}={policy.scope.value}")
    try:
        if is_protected(endpoint.tags):
            raise NotIdle(Verdict.PROTECTED, "its tag slipway:protected says so")
        return policy.window_of(endpoint.tags)
    except TagUnreadable as unreadable:
        raise NotIdle(Verdict.TAG_INVALID, str(unreadable)) from None


def _check(endpoint: EndpointFacts, now: datetime, window: timedelta) -> None:
    _check_status(endpoint)
    changed = max(endpoint.created, endpoint.modified)
    if changed > now - window:
        what = "created" if changed == endpoint.created else "changed"
        raise NotIdle(Verdict.TOO_YOUNG, f"{what} at {_moment(changed)}, within its window of {_minutes(window)}")
    if endpoint.variants and all(variant.serverless for variant in endpoint.variants):
        raise NotIdle(Verdict.SERVERLESS, "serverless costs nothing while nobody uses it")
    if endpoint.variants and all(variant.instances == 0 for variant in endpoint.variants):
        raise NotIdle(Verdict.NO_INSTANCES, "it is scaled to no instances, which cost nothing")


def _check_status(endpoint: EndpointFacts) -> None:
    if endpoint.status != "InService":
        raise NotIdle(BY_STATUS.get(endpoint.status, Verdict.NOT_IN_SERVICE), f"its status is {endpoint.status}")
    if endpoint.pending:
        raise NotIdle(Verdict.UPDATING, "an update is about to begin")


def _minutes(window: timedelta) -> str:
    minutes = int(window.total_seconds() // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
