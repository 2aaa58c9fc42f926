"""EventBridge Scheduler at rates that can be waited for: MiniStack ticks every ten seconds, and a rate is a minute."""

from __future__ import annotations

from slipway_local.engine.patches import Engine, patch

TICK = 0.25  # seconds


@patch("ministack.services.scheduler", "_SCHEDULE_TICK_INTERVAL", is_function=False)
def schedule_tick_interval(_seconds: int, _engine: Engine) -> float:
    """Check the schedules more often."""
    return TICK
