"""Reports that SageMaker publishes once a minute."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from slipway_local.ports import Clock, ScalableClock

logger = logging.getLogger(__name__)
MINUTE = 60.0
# However fast the clock runs: measuring and publishing take real time.
MIN_MINUTE = 1.0


class OncePerMinute:
    """Says what was not reported yet in the present minute of real time, the minute that CloudWatch counts by.

    SageMaker publishes one datum a minute for each instance. On a fast clock its minutes come many to a real one, and
    a stack that is up for a day would fill CloudWatch's memory with them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute = 0
        self._reported: set[tuple[str, ...]] = set()

    def is_due(self, *of: str) -> bool:
        """Say whether something is reported for the first time in this minute."""
        minute = int(self._clock.now().timestamp() // MINUTE)
        if minute != self._minute:
            self._minute, self._reported = minute, set()
        is_due = of not in self._reported
        self._reported.add(of)
        return is_due


class MinuteScheduler:
    """Calls reports once for each minute of SageMaker's clock, but never more often than once a second."""

    def __init__(
        self, clock: ScalableClock, reports: Sequence[Callable[[], None]], wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._reports = reports
        self._wait = wait

    def start(self) -> None:
        """Go on in a thread of its own as long as the process lives."""
        threading.Thread(target=self._for_ever, name="every-minute", daemon=True).start()

    def pass_one(self) -> None:
        """Let a minute pass and report."""
        self._wait(max(MINUTE * self._clock.scale, MIN_MINUTE))
        for report in self._reports:
            try:
                report()
            except Exception:  # one report that fails must not silence the others, nor its next
                logger.exception("a minute's report failed")

    def _for_ever(self) -> None:
        while True:
            self.pass_one()
