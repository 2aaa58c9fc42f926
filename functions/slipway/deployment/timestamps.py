"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime


def format_instant(instant: datetime) -> str:
    """Return an aware instant as tags and events have it: ISO 8601, UTC, to the millisecond, as JSONata's $now()."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"
