"""The local stack as a process in the background: started, found again, and stopped, that very one."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from slipway_cli.sdk.checkout import Checkout
from slipway_cli.sdk.errors import ClientError

START_TIMEOUT, STOP_TIMEOUT, POLL = 240.0, 40.0, 0.1  # seconds; a first `sam build` downloads the functions' libraries
SHOWN_LINES = 8
RUNNING_FILE, STARTING_FILE, STACK_FILE, LOG_FILE = "running.json", "starting.lock", "stack.json", "up.log"


class LocalStackFailed(ClientError):
    """The local stack did not come up, or does not end."""


class LocalProcess:
    """The stack of one work folder. It holds a lock on `running.json` as long as it lives, and that file has its id.

    `tools/slipway_local/stack/running.py` is the other side of this.
    """

    def __init__(self, checkout: Checkout, work_folder: Path) -> None:
        self._checkout = checkout
        self._folder = work_folder

    def options(self) -> dict[str, Any] | None:
        """Return what the running process was started with, and its `pid`; None when none runs."""
        try:
            marker = (self._folder / RUNNING_FILE).open(encoding="utf-8")
        except FileNotFoundError:
            return None
        with marker:
            try:
                fcntl.flock(marker, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = marker.read()
                described: dict[str, Any] = json.loads(text) if text.strip() else {}
                return described
        return None

    def description(self) -> dict[str, Any]:
        """Return `stack.json`; empty as long as the stack is not ready."""
        file = self._folder / STACK_FILE
        described: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return described

    def become(self, options: Mapping[str, str]) -> None:
        """Replace this process by the stack, in the foreground."""
        command = self._command(options)
        os.chdir(self._checkout.folder)
        os.execvpe(command[0], command, self._checkout.environment())  # noqa: S606 - the checkout's own interpreter

    def start(self, options: Mapping[str, str], say: Callable[[str], None]) -> None:
        """Start the stack and wait until it is ready, saying its lines. Raises `LocalStackFailed`.

        Of two calls at once, one starts it and the other waits for the same stack.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / STARTING_FILE).open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if self.options() is None:
                self._start(options, say)
            else:
                self._wait(lambda: self.options() is not None, say)

    def _start(self, options: Mapping[str, str], say: Callable[[str], None]) -> None:
        # A stack that was killed has left it.
        (self._folder / STACK_FILE).unlink(missing_ok=True)
        log_file = self._folder / LOG_FILE
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                self._command(options),
                cwd=self._checkout.folder,
                env=self._checkout.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait(lambda: process.poll() is None, say)
        except BaseException:
            process.terminate()
            process.wait(STOP_TIMEOUT)
            raise

    def stop(self) -> bool:
        """End the stack's process, and no other; say whether there was one. Raises `LocalStackFailed`."""
        options = self.options()
        if not options:
            return False
        os.kill(options["pid"], signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT
        while self.options() is not None:
            if time.monotonic() > deadline:
                raise LocalStackFailed(f"The local stack (process {options['pid']}) does not end: end it by hand.")
            time.sleep(POLL)
        return True

    def _command(self, options: Mapping[str, str]) -> list[str]:
        given = {**options, "work_folder": str(self._folder)}
        pairs = [(f"--{name.replace('_', '-')}", value) for name, value in given.items()]
        return [str(self._checkout.python), "-m", "slipway_local", *(word for pair in pairs for word in pair)]

    def _wait(self, is_alive: Callable[[], bool], say: Callable[[str], None]) -> None:
        deadline, said = time.monotonic() + START_TIMEOUT, 0
        log_file = self._folder / LOG_FILE
        while not self.description():
            alive, lines = is_alive(), self._log_lines()
            for line in lines[said:]:
                say(line)
            said = len(lines)
            if not alive:
                tail = "\n".join(self._log_lines()[-SHOWN_LINES:])
                raise LocalStackFailed(f"The local stack did not come up; {log_file} ends in:\n{tail}")
            if time.monotonic() > deadline:
                raise LocalStackFailed(f"The local stack was not ready after {START_TIMEOUT:.0f} s: see {log_file}.")
            time.sleep(POLL)

    def _log_lines(self) -> list[str]:
        log_file = self._folder / LOG_FILE
        return log_file.read_text(encoding="utf-8", errors="replace").splitlines() if log_file.is_file() else []
