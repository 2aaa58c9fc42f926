"""A container that is started again when its process ends by itself, as SageMaker starts one again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from slipway_local.hosting.hosted import HostedProcess, remove
from slipway_local.ports import Answer, HostingFailed, Invocation, StreamedAnswer, Utilization

LOGGER = logging.getLogger(__name__)
# Real seconds before a process is started again: doubled for each that failed to start, or lived shorter than SETTLED.
FIRST_PAUSE, MAX_PAUSE = 0.25, 30.0
SETTLED = 10.0
WATCHER_END = 5.0


class SupervisedContainer:
    """`HostedContainer` over one process after the other, all in one folder.

    `launch` starts a process and returns it once it is healthy; it raises `HostingFailed`. While none is there,
    invocations fail as those of a container that is gone.
    """

    def __init__(self, launch: Callable[[], HostedProcess], folder: Path, stand_in: str | None = None) -> None:
        self._launch = launch
        self.folder = folder
        self.stand_in = stand_in
        self._stopping = threading.Event()
        self._pause = FIRST_PAUSE
        self._hosted = launch()
        self._watcher = threading.Thread(target=self._watch, name="container-watch", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """The process id of the container that is there now, or was last."""
        return self._hosted.pid

    def ping(self) -> bool:
        """Say whether GET /ping is answered with 200."""
        return self._hosted.ping()

    def invoke(self, invocation: Invocation) -> Answer:
        """Send one request. Raises `OSError` while no process listens, `TimeoutError` after 60 s."""
        return self._hosted.invoke(invocation)

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        """Send one request, and return the answer while it is being written. Raises as `invoke` does."""
        return self._hosted.stream(invocation)

    def utilization(self) -> Utilization | None:
        """Return what the process has used since the last look; None while there is none."""
        return self._hosted.utilization()

    def stop(self) -> None:
        """End the process for good and remove its folder; safe to call twice."""
        self._stopping.set()
        self._hosted.stop()
        # One that is just being started again belongs to the watcher, which ends it.
        self._watcher.join(WATCHER_END)
        remove(self.folder)

    def _watch(self) -> None:
        while True:
            started = time.monotonic()
            self._hosted.wait()
            if self._stopping.is_set():
                return
            LOGGER.info("The container of process %d has ended; it is started again", self._hosted.pid)
            self._hosted.stop()  # what the process started may still be there
            if time.monotonic() - started > SETTLED:
                self._pause = FIRST_PAUSE
            if not self._start_again():
                return

    def _start_again(self) -> bool:
        """Start a process, as often as it takes. Return False when the container is to stop."""
        while not self._stopping.wait(self._pause):
            self._pause = min(2 * self._pause, MAX_PAUSE)
            try:
                self._hosted = self._launch()
            except HostingFailed:
                continue
            if self._stopping.is_set():
                self._hosted.stop()
                return False
            return True
        return False
