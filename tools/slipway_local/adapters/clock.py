"""SageMaker's time on the local stack."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class ScaledClock:
    """Real time for `now`, scaled time for `sleep`.

    `scale` is real seconds per second of SageMaker's: 1 waits as long as AWS, 0.01 a hundredth of it, 0 not
    at all. It may be changed while the stack runs. `now` stays real, so that CreationTime, events and metrics
    agree with what the other services of the engine write.
    """

    def __init__(self, scale: float = 1.0, sleep: Callable[[float], None] = time.sleep) -> None:
        if scale < 0:
            raise ValueError(f"A clock scale is 0 or more, not {scale}")
        self.scale = scale
        self._sleep = sleep

    def now(self) -> datetime:
        """Return the present, timezone-aware, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of SageMaker's time pass."""
        real = seconds * self.scale
        if real > 0:
            self._sleep(real)
