"""DeleteIdleEndpoints: one scheduled run of idle cleanup. Whatever fails is reported, and the next run continues.

A run assesses every endpoint in scope, assesses those that are Idle once more, deletes at most as many as the stack's
owner allows, announces them, and removes unused versions. It stops in good order when its time is nearly over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from slipway.aws.retry import OutOfTime
from slipway.cleanup.announce import IdleDeletion, announce, outstanding
from slipway.cleanup.assess import Assessment, Verdict
from slipway.cleanup.candidates import left_candidates, remove_left_candidates
from slipway.cleanup.delete import Attempt, delete_idle_endpoint
from slipway.cleanup.recheck import Candidate, candidates
from slipway.cleanup.run import CleanupRun
from slipway.cleanup.survey import AssessEndpoints
from slipway.cleanup.unused import remove_unused, unused_resources
from slipway.deployment.measurement import Measurement
from slipway.deployment.timestamps import format_instant
from slipway.errors import EndpointBusy, NotFound, SlipwayError

ANNOUNCING = 5.0  # seconds that announcing leaves for the report itself
DELETING = 240.0  # seconds that assessing leaves to deletions: a run that cannot assess all deletes what it has found
ENABLED, DRY_RUN = "Enabled", "DryRun"
MAX_SHOWN = 100  # of a kind, so that a report stays well within what a function may return


@dataclass
class Report:
    """What a run found and did. `is_complete` says that all in scope was assessed and nothing left undone."""

    mode: str
    scope: str
    started_at: str
    verdicts: Counter[str] = field(default_factory=Counter)
    idle: list[Assessment] = field(default_factory=list)  # and left alone
    deleted: list[IdleDeletion] = field(default_factory=list)
    announced_late: list[IdleDeletion] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    would_remove: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    is_complete: bool = True

    @contextmanager
    def stage(self, otherwise: str) -> Iterator[None]:
        """Report what ends a stage early; the next stage begins all the same."""
        try:
            yield
        except OutOfTime:
            self.incomplete(f"{otherwise}: the time was nearly over; the next run continues.")
        except SlipwayError as error:
            self.incomplete(f"{otherwise} ({type(error).__name__}: {error}); the next run tries again.")

    def incomplete(self, why: str) -> None:
        """Report that something was left undone."""
        self.is_complete = False
        self.warnings.append(why)

    def add(self, attempt: Attempt) -> None:
        """Report what became of an endpoint that was to be deleted."""
        self.verdicts[Verdict.IDLE] -= 1
        self.verdicts[attempt.verdict] += 1
        if attempt.deletion:
            self.deleted.append(attempt.deletion)
        elif isinstance(attempt.error, NotFound | EndpointBusy):
            self.warnings.append(f"{attempt.name} is idle and was left: {attempt.left}")
        elif attempt.error:
            self.incomplete(f"{attempt.name} is idle and may still be there: {attempt.left}")
        elif attempt.was_rechecked_idle:
            self.warnings.append(f"{attempt.name} was idle and was left: {attempt.left}")

    @property
    def saving(self) -> float:
        """Return what the deleted endpoints cost an hour, in US dollars, as far as prices are known."""
        return round(sum(one.estimate.usd_per_hour for one in self.deleted if one.estimate), 4)

    def as_json(self, ended_at: str) -> dict[str, Any]:
        """Return the report; of long lists the beginnings, whose whole length `Verdicts` says."""
        return {
            "IdleCleanup": self.mode,
            "Scope": self.scope,
            "StartedAt": self.started_at,
            "EndedAt": ended_at,
            "IsComplete": self.is_complete,
            "Verdicts": {verdict.value: self.verdicts[verdict] for verdict in Verdict if self.verdicts[verdict]},
            "Deleted": [one.event() for one in self.deleted],
            "EstimatedSavingPerHour": self.saving,
            "IdleAndLeft": [f"{one.name}: {one.reason}" for one in self.idle[:MAX_SHOWN]],
            "AnnouncedLate": [one.endpoint_name for one in self.announced_late[:MAX_SHOWN]],
            "Removed": self.removed[:MAX_SHOWN],
            "WouldRemove": self.would_remove[:MAX_SHOWN],
            "Warnings": self.warnings[:MAX_SHOWN],
        }

    def measurements(self) -> list[Measurement]:
        """Return the metrics of the run."""
        run = {
            "IdleCleanupRuns": 1.0,
            "IdleCleanupRunsIncomplete": 0.0 if self.is_complete else 1.0,
            "EndpointsDeleted": float(len(self.deleted)),
        }
        counts = [Measurement(name, "Count", value, {}) for name, value in run.items()]
        saving = Measurement("EstimatedSavingPerHour", "None", self.saving, {})
        assessed = [
            Measurement("EndpointsAssessed", "Count", float(count), {"Verdict": str(verdict)})
            for verdict, count in sorted(self.verdicts.items())
        ]
        return [*counts, saving, *assessed]


class DeleteIdleEndpoints:
    """One run. `Disabled` does nothing at all, `DryRun` all but change anything."""

    def __init__(self, run: CleanupRun) -> None:
        self._run = run
        self._mode = run.settings.idle_cleanup
        self._report = Report(self._mode, run.settings.idle_scope, format_instant(run.now))

    def __call__(self) -> dict[str, Any]:
        """Return the run's report. It raises nothing that AWS may answer."""
        run, report = self._run, self._report
        if self._mode == ENABLED:
            with report.stage("What earlier runs deleted was not announced"):
                self._announce_late()
        if self._mode in (ENABLED, DRY_RUN):
            with report.stage("Not all endpoints were assessed"):
                for candidate in self._candidates():
                    report.add(delete_idle_endpoint(run, candidate))
            with report.stage("The deletions of this run were not announced"):
                announce(run.leaving(ANNOUNCING), report.deleted)
            with report.stage("Candidates of stopped deployments were not removed"):
                self._remove_candidates()
            with report.stage("Unused versions were not removed"):
                self._remove_unused()
        return report.as_json(format_instant(run.now))

    def measurements(self) -> list[Measurement]:
        """Return the metrics of the run."""
        return self._report.measurements()

    def _announce_late(self) -> None:
        late = outstanding(self._run.leaving(ANNOUNCING))
        announce(self._run.leaving(ANNOUNCING), late)
        self._report.announced_late += late

    def _candidates(self) -> Iterator[Candidate]:
        """Assess all endpoints, and yield as many idle ones as may be deleted after their recheck."""
        run, report, position = self._run, self._report, self._run.aws.position
        start_after = position.read() if self._mode == ENABLED else ""
        survey = AssessEndpoints(run.leaving(run.reserve + DELETING), start_after)
        idle = []
        for assessment in survey:
            report.verdicts[assessment.verdict] += 1
            if assessment.verdict is Verdict.IDLE:
                idle.append(assessment)
        limit = run.settings.max_idle_deletions_per_run if self._mode == ENABLED else 0
        report.idle += idle[limit:]
        yield from candidates(run, idle[:limit])
        if survey.stopped:
            after = (
                f" The next run continues after {survey.position}." if self._mode == ENABLED and survey.position else ""
            )
            report.incomplete(f"Not all endpoints were assessed: {survey.stopped}{after}")
        if self._mode == ENABLED and survey.position != start_after:
            position.write(survey.position)

    def _remove_candidates(self) -> None:
        if self._mode == DRY_RUN:
            self._report.would_remove += left_candidates(self._run)
            return
        for removed in remove_left_candidates(self._run, self._report.warnings):
            self._report.removed.append(removed)

    def _remove_unused(self) -> None:
        if self._mode == DRY_RUN:
            self._report.would_remove += [one.shown for one in unused_resources(self._run)]
            return
        for removed in remove_unused(self._run, self._report.warnings):
            self._report.removed.append(removed)
