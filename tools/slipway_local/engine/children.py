"""End what the engine has started: MiniStack leaves its Lambda workers to themselves."""

from __future__ import annotations

from contextlib import suppress

import psutil

ROUNDS = 5
WAIT = 1.0  # seconds for killed processes to be gone


def end_children() -> None:
    """Kill every process below this one, also those that executions under way start meanwhile.

    A Lambda worker ends by itself at the end of its input, but only after the handler that it is running.
    """
    for _ in range(ROUNDS):
        below = psutil.Process().children(recursive=True)
        if not below:
            return
        for process in below:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(below, timeout=WAIT)
