"""The container must not outlive the engine, however the engine ends.

The engine holds the other end of our standard input and never writes to it: end of file means that it is
gone, killed or not. (PR_SET_PDEATHSIG would fire when the *thread* that started us ends, as workers do.)
"""

from __future__ import annotations

import os
import signal
import threading


def hold_on_to_standard_input() -> None:
    """Watch standard input from a thread, and end the whole process group at its end of file.

    The script gets an empty standard input, as in a container.
    """
    lifeline = os.dup(0)  # not inheritable: a child of the script's must not hold it
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_end_with, args=(lifeline,), name="lifeline", daemon=True).start()


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)
