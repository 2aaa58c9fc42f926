"""Which endpoints idle cleanup looks at, and for how long one must have been unused: the stack's word, then its tags'.

Anybody may write tags. One that cannot be read keeps its endpoint: whoever wrote it meant something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from slipway.deployment.tags import IDLE_AFTER_MINUTES, PROTECTED
from slipway.errors import Refused

# CloudWatch publishes an endpoint's metrics every one to five minutes, and some minutes later; it keeps them for long,
# and periods that still tell a call from none are asked for up to thirty days (slipway.cleanup.metrics).
MIN_MINUTES = 1
MAX_MINUTES = 43_200

PROTECTS = {"true": True, "": True, "false": False}


class TagUnreadable(Refused):
    """A tag of idle cleanup has a value that it cannot have; the message is what to write instead."""


@dataclass(frozen=True)
class Scope:
    """The tag that an endpoint must bear to be looked at."""

    key: str
    value: str

    def has(self, tags: Mapping[str, str]) -> bool:
        """Say whether an endpoint with these tags is looked at."""
        return tags.get(self.key) == self.value


@dataclass(frozen=True)
class IdlePolicy:
    """What the stack's owner set: the scope, and the window of endpoints that do not say otherwise."""

    scope: Scope
    window: timedelta

    def window_of(self, tags: Mapping[str, str]) -> timedelta:
        """Return how long an endpoint must have been unused. Raises `TagUnreadable`."""
        minutes = tags.get(IDLE_AFTER_MINUTES)
        if minutes is None:
            return self.window
        # isdecimal() also takes the digits of other scripts, and so does int().
        if not minutes.isdecimal() or len(minutes) > len(str(MAX_MINUTES)):
            raise _unreadable(IDLE_AFTER_MINUTES, minutes, f"{MIN_MINUTES} to {MAX_MINUTES}")
        if not MIN_MINUTES <= int(minutes) <= MAX_MINUTES:
            raise _unreadable(IDLE_AFTER_MINUTES, minutes, f"{MIN_MINUTES} to {MAX_MINUTES}")
        return timedelta(minutes=int(minutes))


def is_protected(tags: Mapping[str, str]) -> bool:
    """Say whether an endpoint is never to be deleted for being idle. Raises `TagUnreadable`."""
    value = tags.get(PROTECTED, "false")
    if value.lower() not in PROTECTS:
        raise _unreadable(PROTECTED, value, "true or false")
    return PROTECTS[value.lower()]


def _unreadable(key: str, value: str, legal: str) -> TagUnreadable:
    return TagUnreadable(f"its tag {key} is {value!r}, but must be {legal}")
