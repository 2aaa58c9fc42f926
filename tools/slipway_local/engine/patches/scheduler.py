"""EventBridge Scheduler at rates that one can wait for.

MiniStack looks every ten seconds, and a rate has at least a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TICK = 0.25  # seconds between two looks at the schedules


def set_pace(scale: Callable[[], float], scheduler: Any, eventbridge: Any) -> None:
    """Patch MiniStack's two modules; `scale` is real seconds for each second of a rate, asked at every look."""
    scheduler._SCHEDULE_TICK_INTERVAL = TICK
    parsed = eventbridge._parse_rate_seconds

    def scaled(expression: str) -> float | None:
        seconds = parsed(expression)
        return None if seconds is None else seconds * scale()

    eventbridge._parse_rate_seconds = scaled
