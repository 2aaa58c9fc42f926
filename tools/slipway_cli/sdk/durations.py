"""Lengths of time in words."""

from __future__ import annotations

MINUTE, HOUR = 60, 3600
TENTHS_BELOW = 10  # seconds


def length(seconds: float) -> str:
    """Return a length of time as people say it: `0.4 s`, `42 s`, `3 min 05 s`, `1 h 02 min`."""
    if seconds < TENTHS_BELOW:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"


def clock(seconds: float) -> str:
    """Return an instant on an axis that begins at 0: `0.5 s`, `45 s`, `2:30`, `1:00:00`."""
    if seconds < MINUTE:
        return f"{seconds:g} s" if seconds else "0"
    minutes, rest = divmod(round(seconds), MINUTE)
    hours, minutes = divmod(minutes, MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
