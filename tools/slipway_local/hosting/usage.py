"""What a container uses of its machine, as CloudWatch's CPUUtilization and MemoryUtilization count it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from slipway_local.ports import Utilization


class Usage:
    """Measures a process and what it started; `memory` is what they may fill, in bytes.

    The CPU's figure is an average since the last look, as AWS's is one of the last minute.
    """

    def __init__(self, pid: int, memory: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._pid = pid
        self._memory = memory
        self._seconds = seconds
        self._looked = seconds()
        self._used = 0.0

    def look(self) -> Utilization | None:
        """Return what was used since the last look; None once the process has ended."""
        try:
            root = psutil.Process(self._pid)
            processes = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return None
        used, filled = _totals(processes)
        now = self._seconds()
        passed, spent = now - self._looked, used - self._used
        self._looked, self._used = now, used
        # A child that has ended takes what it used with it.
        cpu = 100.0 * max(0.0, spent) / passed if passed > 0 else 0.0
        return Utilization(cpu, min(100.0, 100.0 * filled / self._memory))


def _totals(processes: list[psutil.Process]) -> tuple[float, int]:
    """Return the seconds of CPU and the bytes of memory of processes that may end meanwhile."""
    used, filled = 0.0, 0
    for process in processes:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            times = process.cpu_times()
            used += times.user + times.system
            filled += process.memory_info().rss
    return used, filled
