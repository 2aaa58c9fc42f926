"""The engine as a child process: started, waited for, and ended with everything it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from slipway_local.engine.settings import HOST, EngineSettings
from slipway_local.hosting.log_pump import LogPump
from slipway_local.stack.errors import EngineFailed, PortTaken

START_TIMEOUT = 180.0  # seconds; it takes one or two, and much longer on a busy machine
PROGRESS_PERIOD = 5.0
STOP_TIMEOUT = 10.0
LAST_WORDS = 1.0
TOOLS = Path(__file__).parents[2]


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


class EngineProcess:
    """One engine. It lives in a session of its own, so that Ctrl-C reaches only us, who end it in good order."""

    def __init__(self, settings: EngineSettings, log_file: Path, log: Callable[[str], None] = lambda _: None) -> None:
        """`log` gets what the engine reports while it runs: what it builds for a model, and its progress."""
        self._settings = settings
        self._log_file = log_file
        self._log = log
        self._console: LogPump | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = -1

    @property
    def pid(self) -> int:
        """Return the engine's process id. Raises `EngineFailed` when it does not run."""
        if self._process is None:
            raise EngineFailed("The engine has not been started.")
        return self._process.pid

    def start(self) -> None:
        """Start the engine and wait until it answers. Raises `PortTaken` or `EngineFailed`."""
        self._check_port()
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        theirs, self._lifeline = os.pipe()
        spoken, console = os.pipe()
        try:
            with self._log_file.open("wb") as log:
                self._process = subprocess.Popen(
                    self._command(theirs, console),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment(),
                    pass_fds=[theirs, console],
                    start_new_session=True,
                )
        finally:
            os.close(theirs)
            os.close(console)
            self._console = LogPump(os.fdopen(spoken, "rb"), self._say)
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End the engine and its children; safe to call twice."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._lifeline)
        assert self._console is not None
        self._console.finish(LAST_WORDS)
        self._process = None

    def wait(self) -> None:
        """Block until the engine ends by itself. Raises `EngineFailed`, because it should not."""
        assert self._process is not None
        code = self._process.wait()
        raise EngineFailed(f"The engine ended by itself with exit code {code}: see {self._log_file}.")

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self._settings.port))
            except OSError as taken:
                raise PortTaken(
                    f"Port {self._settings.port} of {HOST} is taken: end what listens there, or choose another with "
                    f"PORT={self._settings.port + 1}."
                ) from taken

    def _say(self, lines: list[str]) -> None:
        for line in lines:
            self._log(line)

    def _command(self, lifeline: int, console: int) -> list[str]:
        options = {field.name: getattr(self._settings, field.name) for field in fields(self._settings)}
        options |= {"lifeline": lifeline, "console": console}
        pairs = [(f"--{name.replace('_', '-')}", str(value)) for name, value in options.items()]
        return [sys.executable, "-m", "slipway_local.engine", *(word for pair in pairs for word in pair)]

    def _environment(self) -> dict[str, str]:
        # The user's AWS settings stay out: whatever profile or proxy they have, the engine talks to itself.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON"))}
        return {**inherited, "PYTHONPATH": str(TOOLS), "NO_PROXY": HOST}

    def _wait_until_it_answers(self) -> None:
        started = time.monotonic()
        shown = 0.0
        assert self._process is not None
        while (passed := time.monotonic() - started) < START_TIMEOUT:
            if (code := self._process.poll()) is not None:
                self.stop()
                raise EngineFailed(f"The engine ended with exit code {code}: see {self._log_file}.")
            if self._answers():
                return
            if passed - shown > PROGRESS_PERIOD:
                shown = passed
                self._log(f"waiting for the engine to answer on {self._settings.endpoint_url}: {passed:.0f} s so far")
            time.sleep(0.05)
        self.stop()
        raise EngineFailed(f"The engine did not answer within {START_TIMEOUT:.0f} s: see {self._log_file}.")

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self._settings.endpoint_url}/_ministack/health", timeout=1) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004
        except (urllib.error.URLError, OSError):
            return False
