"""End what the engine has started: MiniStack leaves its Lambda workers to themselves."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil

WAIT, POLL = 2.0, 0.01  # seconds for killed processes to have ended


def end_children() -> None:
    """Kill every process below this one and wait until they have ended, and then what was started meanwhile.

    A Lambda worker ends by itself at the end of its input, but only after the handler that it is running. What
    executions and the supervision of containers start even now ends with this process, which it watches.
    """
    deadline, killed = time.monotonic() + WAIT, _killed()
    while any(map(_is_running, killed)) and time.monotonic() < deadline:
        time.sleep(POLL)
    _killed()


def _killed() -> list[psutil.Process]:
    below: list[psutil.Process] = psutil.Process().children(recursive=True)
    for process in below:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return below


def _is_running(process: psutil.Process) -> bool:
    """Return whether a process still has its files and ports: a zombie has none, and may stay until init reads it."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
