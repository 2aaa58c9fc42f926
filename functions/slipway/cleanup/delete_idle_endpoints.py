"""DeleteIdleEndpoints: one scheduled run of idle cleanup. Whatever fails, it says so, and the next run goes on.

A run judges every endpoint in scope, looks a last time at those that are Idle, deletes at most as many as the stack's
owner allows, tells of them, and removes what nobody needs any more. It stops in good order when its time is nearly up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.aws.model_archives import ModelArchives
from slipway.aws.retry import RESERVE, OutOfTime, Retrier
from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import Scaling
from slipway.aws.tag_index import TagIndex
from slipway.cleanup.delete import DeleteIdleEndpoint
from slipway.cleanup.in_use import ResourcesInUse
from slipway.cleanup.notify import AnnounceDeletions
from slipway.cleanup.policy import IdlePolicy
from slipway.cleanup.ports import Announcements, CloudWatch, Listing, Position, Prices
from slipway.cleanup.recent_changes import RecentChanges
from slipway.cleanup.recheck import MAX_AT_ONCE, Recheck, Snapshot
from slipway.cleanup.report import Report
from slipway.cleanup.survey import AssessEndpoints
from slipway.cleanup.unused import RemoveUnused
from slipway.cleanup.verdicts import Assessment, NotIdle, Verdict
from slipway.deployment.measurement import Measurement
from slipway.deployment.settings import Settings
from slipway.deployment.timestamps import format_instant
from slipway.errors import EndpointBusy, NotFound, NotYet, Refused, SlipwayError

LAST_RESERVE = 5.0  # seconds for the report itself
DELETING = 240.0  # seconds that judging leaves to deletions: a run that cannot judge all deletes what it has found
ENABLED, DRY_RUN = "Enabled", "DryRun"


@dataclass(frozen=True)
class Aws:
    """What a run asks of AWS."""

    sagemaker: SageMaker
    scaling: Scaling
    listing: Listing
    cloudwatch: CloudWatch
    position: Position
    index: TagIndex
    announcements: Announcements
    archives: ModelArchives
    prices: Prices


@dataclass(frozen=True)
class Clock:
    """The time that a run has: see `Retrier` for all but `now`, which returns an aware instant."""

    now: Callable[[], datetime]
    seconds_left: Callable[[], float]
    sleep: Callable[[float], None]
    jitter: Callable[[float], float]

    def retrier(self, reserve: float) -> Retrier:
        """Return what stops when only so many seconds are left."""
        return Retrier(self.seconds_left, self.sleep, self.jitter, reserve)


class DeleteIdleEndpoints:
    """One run. `Disabled` does nothing at all, `DryRun` all but change anything."""

    def __init__(self, aws: Aws, policy: IdlePolicy, clock: Clock, settings: Settings) -> None:
        self._aws = aws
        self._policy = policy
        self._retrier = clock.retrier(RESERVE)
        self._judging = clock.retrier(RESERVE + DELETING)
        self._now = clock.now
        self._settings = settings
        self._report = Report(settings.idle_cleanup, settings.idle_scope, format_instant(clock.now()))
        # What is deleted is told of in the time that is kept for it.
        tellers = (aws.sagemaker, aws.index, aws.announcements, aws.prices, clock.retrier(LAST_RESERVE))
        self._tell = AnnounceDeletions(*tellers, clock.now, settings)

    def __call__(self) -> dict[str, Any]:
        """Return the run's report. It raises nothing that AWS may answer."""
        if self._settings.idle_cleanup in (ENABLED, DRY_RUN):
            self._try("What earlier runs deleted was not announced", self._announce_late)
            self._try("Not all endpoints were judged", self._clean_up)
            self._try("Unused versions were not removed", self._keep_house)
        return self._report.as_json(format_instant(self._now()))

    def measurements(self) -> list[Measurement]:
        """Return the metrics of the run."""
        return self._report.measurements()

    @property
    def _changes_things(self) -> bool:
        return self._settings.idle_cleanup == ENABLED

    def _try(self, otherwise: str, stage: Callable[[], None]) -> None:
        try:
            stage()
        except OutOfTime:
            self._report.incomplete(f"{otherwise}: the time was nearly up; the next run goes on.")
        except SlipwayError as error:
            self._report.incomplete(f"{otherwise} ({type(error).__name__}: {error}); the next run tries again.")

    def _announce_late(self) -> None:
        if not self._changes_things:
            return
        late = self._tell.outstanding()
        self._tell(late)
        self._report.announced_late += late

    def _clean_up(self) -> None:
        aws = self._aws
        begin = aws.position.read() if self._changes_things else ""
        judging = AssessEndpoints(
            aws.listing, aws.cloudwatch, aws.sagemaker, self._policy, self._judging, self._now, begin
        )
        try:
            self._delete(self._idle_of(judging))
        finally:
            self._try("The deletions of this run were not announced", lambda: self._tell(self._report.deleted))
        if judging.stopped:
            self._report.incomplete(f"Not all endpoints were judged: {judging.stopped}{self._next(judging.position)}")
        if self._changes_things and judging.position != begin:
            aws.position.write(judging.position)

    def _next(self, position: str) -> str:
        return f" The next run goes on after {position}." if position and self._changes_things else ""

    def _idle_of(self, judging: Iterable[Assessment]) -> Iterator[Assessment]:
        for assessment in judging:
            self._report.verdicts[assessment.verdict] += 1
            if assessment.verdict is Verdict.IDLE:
                yield assessment

    def _delete(self, idle: Iterable[Assessment]) -> None:
        """Delete as many as may be deleted; the rest is told. All are judged before the first is deleted."""
        found = list(idle)
        most = self._settings.max_idle_deletions_per_run if self._changes_things else 0
        self._report.idle += found[most:]
        aws = self._aws
        changes = RecentChanges(aws.listing, self._now)
        delete = DeleteIdleEndpoint(
            aws.sagemaker, aws.scaling, aws.prices, changes, self._retrier, self._now, self._settings
        )
        for start in range(0, min(most, len(found)), MAX_AT_ONCE):
            looked = self._look(found[start : min(start + MAX_AT_ONCE, most)])
            delete.look_at_scaling([one.endpoint for one in looked if one.assessment.verdict is Verdict.IDLE])
            for one in looked:
                self._delete_one(one, delete)

    def _look(self, idle: Sequence[Assessment]) -> list[Snapshot]:
        aws = self._aws
        look = Recheck(aws.listing, aws.cloudwatch, aws.sagemaker, self._policy, self._retrier, self._now)
        return look(idle)

    def _delete_one(self, looked: Snapshot, delete: DeleteIdleEndpoint) -> None:
        name = looked.assessment.name
        if looked.assessment.verdict is not Verdict.IDLE:
            self._not_idle_after_all(looked.assessment.verdict)
            return
        try:
            self._report.deleted.append(delete(looked.assessment, looked.endpoint, looked.tags))
        except NotIdle as not_idle:
            self._not_idle_after_all(not_idle.verdict)
            self._report.warnings.append(f"{name} was idle and was left: {not_idle}.{delete.aftermath(name)}")
        except (NotFound, EndpointBusy) as error:
            self._report.warnings.append(f"{name} is idle and was left: {error}{delete.aftermath(name)}")
        except (Refused, NotYet) as error:
            self._report.incomplete(f"{name} is idle and may still be there: {error}{delete.aftermath(name)}")

    def _not_idle_after_all(self, verdict: Verdict) -> None:
        self._report.verdicts[Verdict.IDLE] -= 1
        self._report.verdicts[verdict] += 1

    def _keep_house(self) -> None:
        aws = self._aws
        live = ResourcesInUse(aws.listing, aws.index, aws.sagemaker, self._retrier)
        remove = RemoveUnused(aws.sagemaker, aws.index, aws.archives, live, self._retrier, self._now, self._settings)
        try:
            if self._changes_things:
                remove()
            else:
                self._report.would_remove += [one.shown for one in remove.candidates()]
        finally:
            self._report.removed += remove.removed
            self._report.warnings += remove.warnings
