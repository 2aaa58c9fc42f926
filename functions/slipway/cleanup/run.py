"""What one run of idle cleanup works with: the scheduled function's, `slipway idle`'s, the console's, a benchmark's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from slipway.aws.endpoint_listing import EndpointListing
from slipway.aws.model_archives import ModelArchives
from slipway.aws.retry import RESERVE, Retrier
from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import Scaling
from slipway.aws.tag_index import TagIndex
from slipway.cleanup.metrics import CloudWatch
from slipway.cleanup.policy import IdlePolicy, idle_policy
from slipway.deployment.settings import Settings
from slipway.prices import Prices
from slipway.versions.in_use import VersionAws

# Deletes the alarms of these names that exist. Raises what any call may.
DeleteAlarms = Callable[[Sequence[str]], None]


class Position(Protocol):
    """Where the last run that ran out of time has stopped.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def read(self) -> str:
        """Return the name of the endpoint after which to begin; empty for the first."""

    def write(self, name: str) -> None:
        """Store the name of the endpoint after which the next run begins; empty for the first."""


class Announcements(Protocol):
    """Where deletions are announced.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def put_events(self, detail_type: str, details: Sequence[Mapping[str, Any]]) -> None:
        """Put events of source `slipway` on the default bus. Raises `ServiceUnavailable` unless all were accepted."""

    def notify(self, subject: str, text: str) -> None:
        """Send an email to the subscribers of the notification topic."""


@dataclass(frozen=True)
class CleanupAws:
    """What a run calls of AWS."""

    sagemaker: SageMaker
    scaling: Scaling
    listing: EndpointListing
    cloudwatch: CloudWatch
    position: Position
    index: TagIndex
    announcements: Announcements
    archives: ModelArchives
    prices: Prices
    delete_alarms: DeleteAlarms


@dataclass(frozen=True)
class Clock:
    """The time that a run has: see `Retrier` for all but `now`, which returns an aware instant."""

    now: Callable[[], datetime]
    seconds_left: Callable[[], float]
    sleep: Callable[[float], None]
    jitter: Callable[[float], float]


@dataclass(frozen=True)
class CleanupRun:
    """The context of a run; `reserve` are the seconds that its calls leave."""

    aws: CleanupAws
    clock: Clock
    settings: Settings
    reserve: float = RESERVE

    def leaving(self, seconds: float) -> CleanupRun:
        """Return the same run, whose calls leave so many seconds."""
        return replace(self, reserve=seconds)

    @property
    def now(self) -> datetime:
        """Return the time."""
        return self.clock.now()

    @cached_property
    def retry(self) -> Retrier:
        """Return what makes calls again until they succeed or only the reserve is left."""
        return Retrier(self.clock.seconds_left, self.clock.sleep, self.clock.jitter, self.reserve)

    @cached_property
    def policy(self) -> IdlePolicy:
        """Return the policy that the stack's owner set."""
        return idle_policy(self.settings)

    @property
    def versions(self) -> VersionAws:
        """Return what versions are read from and removed with."""
        aws = self.aws
        return VersionAws(aws.sagemaker, aws.archives, aws.listing, aws.index, self.retry)
