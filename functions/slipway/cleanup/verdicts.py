"""What idle cleanup may find an endpoint to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from slipway.errors import Refused


class Verdict(StrEnum):
    """What an endpoint is found to be. Only what is Idle is ever deleted."""

    IDLE = "Idle"
    ACTIVE = "Active"
    TOO_YOUNG = "TooYoung"
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


@dataclass(frozen=True, slots=True)
class Assessment:
    """An endpoint's verdict, with its reason as a clause: "unused since 2026-11-22 19:00 UTC, ...".

    `idle_since` is the last sign of life that is known of what is Active or Idle; where `or_earlier` is true, metrics
    were not asked for further back. `window` is what the endpoint's own tag, or the stack, says.
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


class NotIdle(Refused):
    """How an endpoint differs from an idle one: the message is the reason."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict


def not_idle(seen: Assessment, verdict: Verdict, reason: str) -> Assessment:
    """Return another verdict over an endpoint that was judged before."""
    return Assessment(seen.name, seen.arn, verdict, reason, seen.created, seen.modified, seen.window)
