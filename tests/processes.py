"""Child processes of tests: every wait and every read of a pipe is bounded."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psutil

PROJECT = Path(__file__).parents[1]
FUNCTIONS = "slipway_local.engine.function_processes"
TIMEOUT = 120.0  # seconds; everything here takes a fraction of it, on a machine that has nothing else to do

Completed = subprocess.CompletedProcess[str]


def restore_signals() -> None:
    """Let this process, and so its children, react to signals as in a terminal.

    A shell starts a background job of a script with SIGINT and SIGQUIT ignored, and its children inherit that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def project_environment(**more: str) -> dict[str, str]:
    """Return an environment in which a child imports the project's packages and prints without a buffer."""
    paths = os.pathsep.join(str(PROJECT / name) for name in ("functions", "tools", "."))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", **more}


def run(command: Sequence[str | Path], *, timeout: float = TIMEOUT, check: bool = True, **options: Any) -> Completed:
    """Run a command to its end and return what it printed; fail when it does not end in time."""
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    done: Completed = subprocess.run(command, timeout=timeout, capture_output=True, text=True, check=False, **options)
    assert not check or done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done


def functions_below(pid: int) -> list[psutil.Process]:
    """Return the processes of Lambda functions of an engine: those that are forked from the one that it started."""
    return [
        function
        for process in psutil.Process(pid).children()
        if _runs_functions(process)
        for function in process.children()
    ]


def _runs_functions(process: psutil.Process) -> bool:
    try:
        return FUNCTIONS in process.cmdline()
    except psutil.NoSuchProcess:  # it has ended since it was listed
        return False


class Output:
    """The lines that a child prints, read while it runs."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def line(self, timeout: float = TIMEOUT) -> str:
        """Return the next line, and nothing when there is none any more. Raises `queue.Empty`."""
        line = self._lines.get(timeout=timeout)
        if not line:
            self._lines.put(line)
        return line

    def until(self, text: str, timeout: float = TIMEOUT) -> str:
        """Return what is printed up to the line that has this text; each line comes within the timeout."""
        lines = [self.line(timeout)]
        while text not in lines[-1]:
            assert lines[-1], f"the output ended without {text!r}:\n{''.join(lines)}"
            lines.append(self.line(timeout))
        return "".join(lines)

    def rest(self) -> str:
        """Return what is printed up to the end."""
        return "".join(iter(self.line, ""))

    def close(self) -> None:
        """Stop reading, once the child has ended; a grandchild may still have the pipe."""
        self._reader.join(TIMEOUT)
        assert not self._reader.is_alive(), "a process of the child still holds its output"
        self._stream.close()

    def _read(self) -> None:
        for line in self._stream:
            self._lines.put(line)
        self._lines.put("")


class Child:
    """A process that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        assert process.stderr
        self._process = process
        self.pid = process.pid
        self.stdout, self.stderr = Output(process.stdout), Output(process.stderr)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def write(self, text: str) -> None:
        """Write to its standard input, and end that."""
        assert self._process.stdin
        with self._process.stdin as stream:
            stream.write(text)

    def wait(self) -> int:
        """Return its exit code, once it has ended."""
        return self._process.wait(TIMEOUT)

    def end(self) -> None:
        """End it, if it has not ended."""
        self._process.kill()
        self.wait()
        self.stdout.close()
        self.stderr.close()
        if self._process.stdin:
            self._process.stdin.close()


@contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Iterator[Child]:
    """Start a command, and end it in the end."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    child = Child(subprocess.Popen(command, **{**streams, **options}))
    try:
        yield child
    finally:
        child.end()
