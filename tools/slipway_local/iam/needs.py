"""What a call has to be allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ANYTHING = "*"  # of an action that knows no resource


@dataclass(frozen=True)
class Need:
    """One permission: an action on a resource, with the condition keys of the call."""

    action: str
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Place:
    """Where resources without an ARN of their own in a request are: a region of an account."""

    region: str
    account_id: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource here."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"
