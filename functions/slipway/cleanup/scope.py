"""The idle policy that the stack's owner set by parameters."""

from __future__ import annotations

from datetime import timedelta

from slipway.cleanup.policy import IdlePolicy, Scope
from slipway.deployment.settings import Settings
from slipway.deployment.tags import STACK

THIS_STACK = "Stack"


def own_scope(settings: Settings) -> str | None:
    """Return the key of the owner's own tag that says which endpoints are in scope; None for this stack's scope."""
    return None if settings.idle_scope == THIS_STACK else settings.idle_scope.partition("=")[0]


def idle_policy(settings: Settings) -> IdlePolicy:
    """Return the policy: in scope is what this stack deployed, or what bears the tag `Key=Value` of IdleScope."""
    key, _, value = settings.idle_scope.partition("=")
    scope = Scope(STACK, settings.stack_name) if settings.idle_scope == THIS_STACK else Scope(key, value)
    return IdlePolicy(scope, timedelta(minutes=settings.idle_after_minutes))
