"""End what the engine has started: MiniStack leaves its Lambda workers to themselves."""

from __future__ import annotations

from contextlib import suppress

import psutil

WAIT = 2.0  # seconds for killed processes to be gone


def end_children() -> None:
    """Kill every process below this one and wait until they are gone.

    A Lambda worker ends by itself at the end of its input, but only after the handler that it is running.
    """
    below = psutil.Process().children(recursive=True)
    for process in below:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(below, timeout=WAIT)
