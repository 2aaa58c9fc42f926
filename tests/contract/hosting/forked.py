"""Containers that are forked from a process of their environment that has imported what all of them import.

Most of the processor time of a replayed recording is to import NumPy, pandas, scikit-learn and XGBoost again. Here that
is done once for each environment. What is forked runs the same programs with the same variables, folder, descriptors
and process group: only the packages below are in memory already. None of them reads the environment of the container.

Run as a program, with an environment's interpreter and the descriptor of a socket, it is the process that forks.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

TOOLS = str(Path(__file__).parents[3] / "tools")
PACKAGES = (
    "numpy", "scipy.sparse", "pandas", "sklearn.linear_model", "xgboost", "flask", "boto3", "gunicorn.app.base",
    "gunicorn.workers.ggevent", "psutil", "torch", "transformers.pipelines",
    # What sagemaker_containers imports. It reads the container's environment itself, so it is imported there.
    "boto3.s3.transfer", "google.protobuf.json_format", "inotify_simple", "paramiko", "retrying", "setuptools",
)  # fmt: skip
OWN = (
    "contract", "families", "gunicorn_server", "http_front", "model_server", "nginx", "root", "worker_protocol",
)  # fmt: skip
NUMBER = struct.Struct("!i")
STREAMS = 2  # standard input, and standard output and error together
LAST = 2**16
PATIENCE = 60.0  # seconds


class ForkedContainer:
    """As much of `subprocess.Popen` as `ContainerProcess` uses; `ended` gives the exit code at the end."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes], ended: int) -> None:
        self.pid = pid
        self.stdin, self.stdout = stdin, stdout
        self._ended = ended
        self._code: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """Return the exit code, None while the process runs."""
        with self._lock, selectors.DefaultSelector() as selector:
            if self._code is None:
                selector.register(self._ended, selectors.EVENT_READ)
                if selector.select(0):
                    self._code = NUMBER.unpack(os.read(self._ended, NUMBER.size))[0]
                    os.close(self._ended)
            return self._code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises `subprocess.TimeoutExpired`."""
        with self._lock:  # the descriptor is closed by whichever thread sees the end first
            watched = None if self._code is not None else os.dup(self._ended)
        if watched is not None:
            try:
                self._await(watched, timeout)
            finally:
                os.close(watched)
        code = self.poll()
        assert code is not None
        return code

    def _await(self, descriptor: int, timeout: float | None) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            if not selector.select(timeout):
                raise subprocess.TimeoutExpired("a forked container", timeout or 0.0)


class Forks:
    """Starts containers; one process for each interpreter forks them, until `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: dict[str, tuple[socket.socket, subprocess.Popen[bytes]]] = {}

    def popen(
        self, command: Sequence[str], cwd: os.PathLike[str], env: Mapping[str, str], pass_fds: Sequence[int], **_: Any
    ) -> ForkedContainer:
        """Start a container's command, `<python> -m <module> <argument>`."""
        (stdin, ours_in), (ours_out, stdout), (ours_end, ended) = os.pipe(), os.pipe(), os.pipe()
        request = json.dumps([list(command[1:]), str(cwd), dict(env), pass_fds[0]]).encode()
        with self._lock:
            server = self._server(command[0])
            socket.send_fds(server, [NUMBER.pack(len(request))], [stdin, stdout, ended, pass_fds[0]])
            server.sendall(request)
            pid = NUMBER.unpack(received(server, NUMBER.size))[0]
        for descriptor in (stdin, stdout, ended):
            os.close(descriptor)
        return ForkedContainer(pid, os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb"), ours_end)

    def close(self) -> None:
        """End the processes that fork."""
        for server, process in self._servers.values():
            server.close()
            process.wait(PATIENCE)

    def _server(self, python: str) -> socket.socket:
        if python not in self._servers:
            ours, theirs = socket.socketpair()
            with theirs:
                process = subprocess.Popen(
                    [python, __file__, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    # OpenMP reads its own when it is loaded: here, once.
                    env={"PATH": os.defpath, "LANG": "C.UTF-8", "TOOLS": TOOLS, "OMP_NUM_THREADS": "1"},
                )
            self._servers[python] = (ours, process)
        return self._servers[python][0]


@contextmanager
def forked_containers() -> Iterator[None]:
    """Fork every container that is started meanwhile; its archive is extracted in this process."""
    import pytest  # noqa: PLC0415 - an image's environment does not have these

    from slipway_local.hosting import plane, process  # noqa: PLC0415
    from slipway_local.hosting.archive import extract  # noqa: PLC0415

    def unpack(archive: Path, folder: Path, _go_on: object, volume: int) -> None:
        with archive.open("rb") as file:
            extract(file, folder, volume)

    forks = Forks()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": forks.popen}))
        patch.setattr(plane, "unpack", unpack)
        yield
    forks.close()


def received(connection: socket.socket, length: int) -> bytes:
    """Return so many bytes of a connection."""
    content = b""
    while len(content) < length:
        if not (chunk := connection.recv(length - len(content))):
            raise ConnectionResetError
        content += chunk
    return content


# -- In the environment ------------------------------------------------------------------------------------------------


class ForkedPython:
    """`subprocess.Popen` of this interpreter, forked; of any other program, `Popen` itself."""

    def __new__(cls, command: Sequence[str], **options: Any) -> Any:
        """Start a program."""
        return super().__new__(cls) if command[0] == sys.executable else POPEN(command, **options)

    def __init__(
        self,
        command: Sequence[str],
        pass_fds: Sequence[int] = (),
        cwd: str | None = None,
        stdout: int = 1,
        stderr: int = 2,
    ) -> None:
        sys.stdout.flush()
        self.returncode: int | None = None
        self._lock = threading.Lock()
        self.pid = os.fork()
        if self.pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.dup2(stdout, 1)
            os.dup2(stderr, 2)
            close_all_but(*pass_fds)
            run(command[1:], cwd or str(Path.cwd()))

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._wait(os.WNOHANG)

    def wait(self) -> int:
        """Wait for its end."""
        code = self._wait(0)
        assert code is not None
        return code

    def kill(self) -> None:
        """End it at once."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def __enter__(self) -> ForkedPython:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()

    def _wait(self, options: int) -> int | None:
        with self._lock:
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, options)
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
            return self.returncode


POPEN = subprocess.Popen
BASE: list[str] = []  # where the environment's own packages are found


def close_all_but(*descriptors: int) -> None:
    """Close what a new process does not inherit."""
    first = 3
    for kept in sorted(descriptors):
        os.closerange(first, kept)
        first = kept + 1
    os.closerange(first, LAST)


def run(arguments: Sequence[str], folder: str) -> None:
    """Be a new interpreter with these arguments: a file, or -m and a module. Does not return."""
    code = 1
    try:
        os.chdir(folder)
        is_module = arguments[0] == "-m"
        program, rest = (arguments[1], arguments[2:]) if is_module else (arguments[0], arguments[1:])
        first = folder if is_module else os.path.dirname(program)  # noqa: PTH120 - as the interpreter does
        sys.path[:] = [first, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)), *BASE]
        sys.argv = [program, *rest]
        sys.stdout, sys.stderr = (os.fdopen(descriptor, "w", buffering=1, closefd=False) for descriptor in (1, 2))
        if is_module:
            if not hasattr(sys.modules.get(program), "__path__"):
                sys.modules.pop(program, None)
            runpy.run_module(program, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(program, run_name="__main__")
        code = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        else:
            code = end.code or 0
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve(descriptor: int) -> None:
    """Fork a container for each request, until the connection is closed."""
    BASE[:] = sys.path[1:]
    importlib.metadata.entry_points = importlib.metadata.entry_points().select  # gevent reads all, five times a worker
    sys.path.append(os.environ.pop("TOOLS"))
    for name in (*PACKAGES, *(f"slipway_local.containers.{name}" for name in OWN)):
        with suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # or each process would walk, and so copy, all that is imported here
    ends: dict[int, int] = {}

    def reap(*_: object) -> None:
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                end = ends.pop(found[0])
                os.write(end, NUMBER.pack(os.waitstatus_to_exitcode(found[1])))
                os.close(end)

    with socket.socket(fileno=descriptor) as harness:
        while True:
            head, descriptors, _, _ = socket.recv_fds(harness, NUMBER.size, STREAMS + 2)
            if not head:
                return
            *streams, end, pipe = descriptors
            arguments, folder, environment, number = json.loads(received(harness, NUMBER.unpack(head)[0]))
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            pid = os.fork()
            if pid == 0:
                _be_a_container(streams, pipe, number)
                os.environ.clear()
                os.environ.update(environment)
                run(arguments, folder)
            ends[pid] = end
            signal.signal(signal.SIGCHLD, reap)
            reap()
            for each in (*streams, pipe):
                os.close(each)
            harness.sendall(NUMBER.pack(pid))


def _be_a_container(streams: Sequence[int], pipe: int, number: int) -> None:
    os.setsid()
    subprocess.Popen = ForkedPython  # type: ignore[assignment, misc]
    for target, source in ((0, streams[0]), (1, streams[1]), (2, streams[1])):
        os.dup2(source, target)
    os.dup2(pipe, number)
    close_all_but(number)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
