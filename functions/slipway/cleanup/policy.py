"""Which endpoints idle cleanup assesses, and for how long one must have been unused: the owner's settings, then tags.

Anyone with AddTags may write tags. So a tag is never the only authority: what this stack deployed is known by the state
machine of its execution and by the name and tags of its configuration too, and a tag shortens the window of an endpoint
no further than the owner allows. A tag that cannot be read keeps its endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from slipway.deployment.names import has_digest
from slipway.deployment.settings import Settings
from slipway.deployment.tags import EXECUTION, IDLE_AFTER_MINUTES, PROTECTED, STACK
from slipway.errors import Refused

Tags = Mapping[str, str]

# The shortest window is longer than metrics may be silent (slipway.cleanup.assess) and instances take to report. The
# longest is what CloudWatch has in periods of five minutes (slipway.cleanup.metrics).
MIN_MINUTES = 20
MAX_MINUTES = 43_200
PROTECTS = {"true": True, "": True, "false": False}
THIS_STACK = "Stack"


class TagUnreadable(Refused):
    """A tag of idle cleanup has a value that it cannot have; the message is what to write instead."""


@dataclass(frozen=True)
class Scope:
    """The tag that an endpoint must have, and for endpoints of this stack what the ARN of an execution begins with."""

    key: str
    value: str
    executions: str = ""

    def has(self, tags: Tags) -> bool:
        """Say whether an endpoint with these tags is assessed."""
        return not self.lacks(tags)

    def lacks(self, tags: Tags) -> str:
        """Return what these tags lack for an endpoint to be in scope, as a clause; empty if nothing."""
        if tags.get(self.key) != self.value:
            return f"it does not have the tag {self.key}={self.value}"
        if not tags.get(EXECUTION, "").startswith(self.executions):
            return f"its tag {EXECUTION} does not name an execution of this stack"
        return ""

    def excludes_config(self, name: str, tags: Tags) -> str:
        """Return why an endpoint with this configuration is not in scope, as a clause; empty if it is."""
        if not self.executions or (has_digest(name) and self.has(tags)):
            return ""
        return f"this stack did not create its configuration {name}"


@dataclass(frozen=True)
class IdlePolicy:
    """What the stack's owner set: the scope, the window of endpoints without a tag, and the shortest of a tag."""

    scope: Scope
    window: timedelta
    min_tag_window: timedelta = timedelta(0)

    def window_of(self, tags: Tags) -> timedelta:
        """Return how long an endpoint must have been unused. Raises `TagUnreadable`."""
        minutes = tags.get(IDLE_AFTER_MINUTES)
        if minutes is None:
            return self.window
        # isdecimal() also takes the digits of other scripts, and so does int().
        if not minutes.isdecimal() or len(minutes) > len(str(MAX_MINUTES)):
            raise _unreadable(IDLE_AFTER_MINUTES, minutes, f"{MIN_MINUTES} to {MAX_MINUTES}")
        if not MIN_MINUTES <= int(minutes) <= MAX_MINUTES:
            raise _unreadable(IDLE_AFTER_MINUTES, minutes, f"{MIN_MINUTES} to {MAX_MINUTES}")
        return max(timedelta(minutes=int(minutes)), min(self.min_tag_window, self.window))


def idle_policy(settings: Settings) -> IdlePolicy:
    """Return the policy: in scope is what this stack deployed, or what has the tag `Key=Value` of IdleScope."""
    key, _, value = settings.idle_scope.partition("=")
    window, shortest = (
        timedelta(minutes=settings.idle_after_minutes),
        timedelta(minutes=settings.min_idle_after_minutes),
    )
    if settings.idle_scope != THIS_STACK:
        return IdlePolicy(Scope(key, value), window, shortest)
    executions = settings.state_machine_arn.replace(":stateMachine:", ":execution:", 1) + ":"
    return IdlePolicy(Scope(STACK, settings.stack_name, executions), window, shortest)


def is_protected(tags: Tags) -> bool:
    """Say whether an endpoint is never to be deleted for being idle. Raises `TagUnreadable`."""
    value = tags.get(PROTECTED, "false")
    if value.lower() not in PROTECTS:
        raise _unreadable(PROTECTED, value, "true or false")
    return PROTECTS[value.lower()]


def _unreadable(key: str, value: str, legal: str) -> TagUnreadable:
    return TagUnreadable(f"its tag {key} is {value!r}, but must be {legal}")
