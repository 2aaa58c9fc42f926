"""What the engine has to say to whoever started it: it has no terminal of its own, its output is a log file."""

from __future__ import annotations

import os
from collections.abc import Callable


def console(descriptor: int) -> Callable[[str], None]:
    """Return what writes a line to a pipe's file descriptor; for -1 it goes nowhere."""

    def tell(line: str) -> None:
        if descriptor >= 0:
            # Less than PIPE_BUF: lines of two threads do not mix. When the reader has gone, so has the engine.
            os.write(descriptor, f"{line}\n".encode())

    return tell
