"""From a process's output to CloudWatch Logs."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import IO

LOGGER = logging.getLogger(__name__)
CHUNK = 1 << 16


class LogPump:
    """Reads a pipe to its end and hands over `first_lines`, its whole lines in order, and what `last_lines` returns.

    One read is one batch: whatever the process wrote while the last batch was being written goes together. The
    pump owns the pipe: closing it during a read would free its descriptor for another file.
    """

    def __init__(
        self,
        pipe: IO[bytes],
        write: Callable[[list[str]], None],
        last_lines: Callable[[], list[str]] = list,
        first_lines: tuple[str, ...] = (),
    ) -> None:
        self._pipe = pipe
        self._write = write
        self._first_lines = first_lines
        self._last_lines = last_lines
        self._thread = threading.Thread(target=self._run, name="container-log", daemon=True)
        self._thread.start()

    def finish(self, timeout: float) -> None:
        """Wait until everything up to the end of the pipe has been handed over."""
        self._thread.join(timeout)

    def _run(self) -> None:
        rest = b""
        self._hand_over([line.encode() for line in self._first_lines])
        with self._pipe:
            while chunk := os.read(self._pipe.fileno(), CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                self._hand_over(lines)
        self._hand_over([rest] if rest else [])
        self._hand_over([line.encode() for line in self._last_lines()])

    def _hand_over(self, lines: list[bytes]) -> None:
        if not lines:
            return
        try:
            self._write([line.decode(errors="replace").rstrip("\r") for line in lines])
        except Exception:  # a container must not stall on a full pipe because a log cannot be written
            LOGGER.exception("%d log lines were lost", len(lines))
