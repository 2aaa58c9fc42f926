"""Assesses endpoints that are about to be deleted once more, from everything read again and by the same rules.

Here they are described, so that all their variants, shadow variants and inference components are known; their tags are
SageMaker's own, where the index's may be minutes old; and their metrics are read in minutes, where a survey of long
windows reads hours. Whatever has changed since the survey keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from slipway.aws.endpoint_listing import ListedEndpoint
from slipway.cleanup.assess import SAME_INSTANT, Assessment, NotIdle, Verdict, assess, needs_metrics
from slipway.cleanup.metrics import RECHECK_WINDOWS, MetricWindow, metric_window_for, read_metrics
from slipway.cleanup.run import CleanupRun
from slipway.cleanup.snapshot import EndpointSnapshot, may_have_components, snapshot_of
from slipway.deployment.endpoint_status import Description
from slipway.deployment.resource_names import config_arn_beside
from slipway.errors import NotFound, NotYet, Refused, ServiceUnavailable
from slipway.hosting.scaling import resources_of

# Endpoints that share one reading of metrics: few, so that little time passes between the recheck and the deletion.
MAX_AT_ONCE = 25
MAX_TARGETS = 50  # on a page of DescribeScalableTargets
FRESH = timedelta(seconds=10)
CLOCK_DIFFERENCE = timedelta(minutes=1)  # of SageMaker's and ours, at most


class RecentChanges:
    """What has become of endpoints since their recheck: one call for all of them, which holds for seconds only.

    SageMaker deletes whatever has the name, and takes no condition. Between the recheck and the deletion a throttled
    run may wait for minutes, and another run, or a user, may delete the endpoint and wake it. To create one takes
    longer than the answer holds, and meanwhile SageMaker refuses to delete it. Create it before the recheck: what
    happens from then on is what it knows.
    """

    def __init__(self, run: CleanupRun) -> None:
        self._run = run
        self._since = run.now - CLOCK_DIFFERENCE
        self._read_at: datetime | None = None
        self._changed: dict[str, ListedEndpoint] = {}

    def check(self, endpoint: Description) -> None:
        """Raise `NotIdle` when an endpoint is not what it was described as any more.

        Raises what listing raises, and `ServiceUnavailable` when that took too long.
        """
        if not self._is_fresh():
            self._read()
        if not self._is_fresh():
            raise ServiceUnavailable("ListEndpoints took too long to answer.")
        listed, seen = self._changed.get(endpoint["EndpointName"]), snapshot_of(endpoint, {})
        if listed and (listed.status != seen.status or _difference(seen, listed) > SAME_INSTANT):
            raise NotIdle(Verdict.CHANGED, "it was created again or changed since the recheck")

    def _is_fresh(self) -> bool:
        return self._read_at is not None and self._run.now - self._read_at < FRESH

    def _read(self) -> None:
        began, token, changed = self._run.now, "", dict[str, ListedEndpoint]()
        while True:
            page = self._run.aws.listing.endpoints(token, self._since)
            changed |= {one.name: one for one in page.items}
            token = page.token
            if not token:
                break
        self._read_at, self._changed = began, changed


@dataclass(frozen=True)
class Candidate:
    """An endpoint after its recheck; where it could be read, with DescribeEndpoint's answer and its tags."""

    assessment: Assessment
    changes: RecentChanges
    endpoint: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    snapshot: EndpointSnapshot | None = None
    is_scaled: bool = True  # unless it is known not to be
    config_tags: Mapping[str, str] | None = None  # of its configuration, where the index has them


def candidates(run: CleanupRun, idle: Sequence[Assessment]) -> Iterator[Candidate]:
    """Yield each endpoint that was found Idle after its recheck. Raises `OutOfTime`."""
    for start in range(0, len(idle), MAX_AT_ONCE):
        rechecked = recheck(run, idle[start : start + MAX_AT_ONCE])
        confirmed = [one for one in rechecked if one.assessment.verdict is Verdict.IDLE]
        scaled, tags = _scaled(run, confirmed), _config_tags(run, confirmed)
        for one in rechecked:
            is_scaled = one not in confirmed or not scaled.isdisjoint(resources_of(one.endpoint))
            yield replace(one, is_scaled=is_scaled, config_tags=tags.get(one.assessment.name))


def recheck(run: CleanupRun, seen: Sequence[Assessment]) -> list[Candidate]:
    """Return what is found now, in the same order: two calls for each, and one for the metrics of all."""
    changes = RecentChanges(run)
    read = [_read(run, one, changes) for one in seen]
    now = run.now
    snapshots = {one.snapshot.name: one.snapshot for one in read if one.snapshot}
    to_measure = [one for one in snapshots.values() if needs_metrics(one, now, run.policy)]

    def window_of(endpoint: EndpointSnapshot) -> MetricWindow:
        return metric_window_for(run.policy.window_of(endpoint.tags), RECHECK_WINDOWS)

    measured = read_metrics(to_measure, window_of, now, run.aws.cloudwatch, run.retry)
    snapshots |= {one.name: one for one in measured}
    return [
        replace(one, assessment=unless_changed(one.assessment, assess(snapshots[one.snapshot.name], now, run.policy)))
        if one.snapshot
        else one
        for one in read
    ]


def unless_changed(seen: Assessment, fresh: Assessment) -> Assessment:
    """Return the fresh assessment, unless the endpoint is no longer the one that was seen: then it is Changed."""
    if fresh.verdict is Verdict.IDLE and _difference(seen, fresh) > SAME_INSTANT:
        return fresh.but(Verdict.CHANGED, "it was created again or changed since the survey")
    return fresh


def _difference(seen: ListedEndpoint | Assessment, fresh: ListedEndpoint | Assessment) -> timedelta:
    return max(abs(fresh.created - seen.created), abs(fresh.modified - seen.modified))


def _read(run: CleanupRun, seen: Assessment, changes: RecentChanges) -> Candidate:
    sagemaker, listing, retry = run.aws.sagemaker, run.aws.listing, run.retry
    components: tuple[str, ...] = ()
    try:
        endpoint = retry(lambda: sagemaker.describe_endpoint(seen.name))
        tags = retry(lambda: sagemaker.tags(endpoint["EndpointArn"]))
        if may_have_components(endpoint):
            components = tuple(retry.pages(lambda token: listing.components(seen.name, token)))
    except NotFound:
        return Candidate(seen.but(Verdict.GONE, "it was deleted since the survey"), changes)
    except (Refused, NotYet) as error:
        return Candidate(seen.but(Verdict.METRICS_UNKNOWN, f"the recheck failed: {error}"), changes)
    return Candidate(seen, changes, endpoint, tags, snapshot_of(endpoint, tags, components))


def _scaled(run: CleanupRun, confirmed: Sequence[Candidate]) -> set[str]:
    """Return which variants of endpoints are scaled: one call for 50."""
    resources = [resource for one in confirmed for resource in resources_of(one.endpoint)]
    scaled: set[str] = set()
    for start in range(0, len(resources), MAX_TARGETS):
        page = resources[start : start + MAX_TARGETS]
        scaled |= set(run.retry(lambda: run.aws.scaling.registered(page)))  # noqa: B023 - called at once
    return scaled


def _config_tags(run: CleanupRun, confirmed: Sequence[Candidate]) -> dict[str, Mapping[str, str]]:
    """Return the tags of endpoints' configurations by the names of the endpoints: one call for all."""
    arns = {one.assessment.name: config_arn_of(one.endpoint) for one in confirmed}
    found = run.retry(lambda: run.aws.index.tags_of(list(arns.values()))) if arns else {}
    return {name: found[arn] for name, arn in arns.items() if arn in found}


def config_arn_of(endpoint: Description) -> str:
    """Return the ARN that a described endpoint's configuration has, as far as the endpoint's own shows it."""
    return config_arn_beside(endpoint["EndpointArn"], endpoint["EndpointName"], str(endpoint["EndpointConfigName"]))
