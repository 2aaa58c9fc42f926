"""What deleting idle endpoints needs besides SageMaker: announcements, and tags of many resources at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from slipway.use_cases.patience import Page

Tagged = tuple[str, Mapping[str, str]]  # an ARN, and all its tags


class Prices(Protocol):
    """What instances cost; `slipway.prices` has them."""

    @property
    def told(self) -> str:
        """Of when and where the prices are."""

    def hourly_price(self, instance_type: str, count: int = 1) -> float | None:
        """Return US dollars an hour; None where the type has no price."""


class Announcements(Protocol):
    """Where deletions are told.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `RequestRefused`.
    """

    def put_events(self, detail_type: str, details: Sequence[Mapping[str, Any]]) -> None:
        """Put events of source `slipway` on the default bus. Raises `ServiceUnavailable` unless all were taken."""

    def notify(self, subject: str, text: str) -> None:
        """Send a letter to whoever subscribed to the notification topic."""


class TagIndex(Protocol):
    """Resource Groups Tagging, of SageMaker's resources. What it finds may be minutes old.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `RequestRefused`.
    """

    def tagged(self, kinds: Sequence[str], key: str, value: str | None, token: str) -> Page[Tagged]:
        """Return up to 100 resources of these kinds (`endpoint`, `endpoint-config`, `model`) that bear a tag."""

    def tag_all(self, arns: Sequence[str], tags: Mapping[str, str]) -> None:
        """Give up to 20 resources the same tags. Raises `ServiceUnavailable` unless all got them."""
