"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime

INSTANT_LENGTH = len("2026-11-01T12:00:00.000Z")


def format_instant(instant: datetime) -> str:
    """Return an aware instant as tags and events have it: ISO 8601, UTC, to the millisecond, as JSONata's $now()."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"


def parse_instant(text: str) -> datetime | None:
    """Return the aware instant that a text begins with; None where it begins with none, for anyone may write tags."""
    try:
        instant = datetime.fromisoformat(text[:INSTANT_LENGTH].replace("Z", "+00:00"))
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def is_since(text: str, since: str) -> bool:
    """Say whether a text begins with an instant that is not before another one, both as ISO 8601."""
    instant = parse_instant(text)
    return instant is not None and instant >= datetime.fromisoformat(since)
