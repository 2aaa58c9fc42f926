"""A container as a process group: started, watched until it listens, ended."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from slipway_local.hosting.environment import with_port_pipe
from slipway_local.hosting.limits import limit_resources
from slipway_local.hosting.log_pump import LogPump
from slipway_local.hosting.memory import limit_memory
from slipway_local.hosting.usage import Usage
from slipway_local.ports import Utilization

POLL_SECONDS = 0.1  # seconds between two checks of whether the process still runs
LAST_LINES = 5.0  # seconds for the log to be written after the end
# Model servers write lines when they start; a log group is there even where the model writes none.
STARTED = ("Starting the model server.",)


class NotListeningError(Exception):
    """The process ended, or the time did, before it listened."""


class ContainerProcess:
    """One process in a session of its own, so that its children can be ended with it.

    `memory` is what each of its processes may fill, in bytes.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        write_log: Callable[[list[str]], None],
        memory: int,
    ) -> None:
        self._port_pipe, child_end = os.pipe()
        try:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=with_port_pipe(environment, child_end),
                # Never written to: the child ends itself when this end closes, however we end.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(child_end,),
                start_new_session=True,
            )
        finally:
            os.close(child_end)
        limit_memory(self._process.pid, memory)
        limit_resources(self._process.pid)
        self._usage = Usage(self._process.pid, memory)
        self._sent: set[int] = set()
        assert self._process.stdout is not None
        self._log = LogPump(self._process.stdout, write_log, self._last_lines, STARTED)
        self._ending = threading.Lock()

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self._process.pid

    def utilization(self) -> Utilization | None:
        """Return what it and its children have used since the last look; None once it has ended."""
        return self._usage.look() if self.alive() else None

    def alive(self) -> bool:
        """Say whether the process has not ended."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Block until the process has ended."""
        self._process.wait()

    def port(self, deadline: float) -> int:
        """Wait for the port it listens on, until `deadline` (monotonic). Raises `NotListeningError`."""
        reported = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._port_pipe, selectors.EVENT_READ)
            while not reported.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0 or not self.alive():
                    raise NotListeningError
                if selector.select(min(left, POLL_SECONDS)):
                    reported += self._read_port_pipe()
        return int(reported)

    def stop(self, grace: float) -> None:
        """End the container: TERM to its first process, as Docker does, KILL to all after at most `grace` seconds.

        Its log is written then. Safe to repeat. https://docs.docker.com/reference/cli/docker/container/stop/: "The main
        process inside the container will receive SIGTERM, and after a grace period, SIGKILL."
        """
        with self._ending:
            if self._port_pipe < 0:
                return
            self._sent.add(signal.SIGTERM)
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self._sent.add(signal.SIGKILL)
            # Also when the leader ended by itself: what it started may not have.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._close()

    def _last_lines(self) -> list[str]:
        """Say which signal ended the process, as a shell would: what is killed can write nothing itself."""
        code = self._process.wait()
        if code >= 0 or -code in self._sent:
            return []
        ended = signal.Signals(-code)
        return [f"{signal.strsignal(ended)} (signal {ended.value}, {ended.name})"]

    def _read_port_pipe(self) -> bytes:
        chunk = os.read(self._port_pipe, 32)
        if not chunk:
            raise NotListeningError
        return chunk

    def _close(self) -> None:
        self._log.finish(LAST_LINES)
        os.close(self._port_pipe)
        self._port_pipe = -1
        assert self._process.stdin is not None
        self._process.stdin.close()
