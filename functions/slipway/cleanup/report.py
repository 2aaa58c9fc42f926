"""What one run of idle cleanup found and did: returned by the function, logged, and published as metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from slipway.cleanup.deletion import IdleDeletion
from slipway.cleanup.verdicts import Assessment, Verdict
from slipway.deployment.measurement import Measurement

MAX_SHOWN = 100  # of a kind, so that a report stays well within what a function may return


@dataclass
class Report:
    """`is_complete` says that every endpoint in scope was judged and nothing was left undone."""

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

    def incomplete(self, why: str) -> None:
        """Say that something was left undone."""
        self.is_complete = False
        self.warnings.append(why)

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
            Measurement("EndpointsJudged", "Count", float(count), {"Verdict": str(verdict)})
            for verdict, count in sorted(self.verdicts.items())
        ]
        return [*counts, saving, *assessed]
