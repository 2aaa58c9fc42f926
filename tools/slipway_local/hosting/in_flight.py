"""The invocations that a container is serving, so that an update drops none of them."""

from __future__ import annotations

import threading


class InFlight:
    """Counts the calls in flight; once closed, it admits none."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._count = 0
        self._closed = False

    def enter(self) -> None:
        """Begin an invocation. Raises `ConnectionRefusedError` once closed."""
        with self._change:
            if self._closed:
                raise ConnectionRefusedError("The container is stopping")
            self._count += 1

    def leave(self) -> None:
        """End an invocation."""
        with self._change:
            self._count -= 1
            self._change.notify_all()

    def close(self, timeout: float) -> None:
        """Admit no further call and wait until those in flight have ended, at most `timeout` seconds."""
        with self._change:
            self._closed = True
            self._change.wait_for(lambda: self._count == 0, timeout)
