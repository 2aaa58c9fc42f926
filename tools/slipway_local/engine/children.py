"""End what the engine has started: MiniStack leaves its Lambda workers to themselves."""

from __future__ import annotations

from contextlib import suppress

import psutil

WAIT = 2.0  # seconds for killed processes to be gone


def end_children() -> None:
    """Kill every process below this one and wait until they are gone, and then what was started meanwhile.

    A Lambda worker ends by itself at the end of its input, but only after the handler that it is running. What
    executions and the supervision of containers start even now ends with this process, which it watches.
    """
    psutil.wait_procs(_killed(), timeout=WAIT)
    _killed()


def _killed() -> list[psutil.Process]:
    below: list[psutil.Process] = psutil.Process().children(recursive=True)
    for process in below:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return below
