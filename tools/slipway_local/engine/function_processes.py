"""The processes of Lambda functions: each is forked from one process that has imported the AWS SDK.

On AWS the SDK is part of the runtime. Importing it and reading SageMaker's service model takes 0.3 of the 0.45 seconds
of processor time in which a function's process starts; here that is done once for all of them. What a function brings
itself is imported in its own process, in its own environment.

Run as a program with the descriptor of a socket: each message on it is the program, the folder and the environment of
one process, with its standard streams and a pipe that is closed when it ends.
"""

from __future__ import annotations

import gc
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
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

LENGTH = struct.Struct("!I")
STREAMS = 3
FIRST_CLIENTS = ("sagemaker", "s3")  # what most functions call
ENDED = -1  # the exit code of a process that is no child of ours is not known


class FunctionProcess:
    """As much of `subprocess.Popen` as MiniStack uses of a function's process."""

    def __init__(self, pid: int, streams: list[IO[str]], ended: int) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = streams
        self.ended = open(ended, "rb", buffering=0)  # noqa: SIM115 - a descriptor, closed with this object

    def poll(self) -> int | None:
        """Return None while the process runs."""
        return self._wait(0)

    def wait(self, timeout: float) -> int:
        """Wait until the process has ended. Raises `TimeoutError`."""
        if (code := self._wait(timeout)) is None:
            raise TimeoutError
        return code

    def terminate(self) -> None:
        """Ask the process to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self._signal(signal.SIGKILL)

    def _wait(self, timeout: float) -> int | None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.ended, selectors.EVENT_READ)
            return ENDED if selector.select(timeout) else None

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class FunctionProcesses:
    """Starts processes of functions; the process that they are forked from is started with the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: socket.socket | None = None

    def start(self, program: str, folder: str, environment: Mapping[str, str]) -> FunctionProcess:
        """Start a Python program in a folder."""
        reads, writes = zip(*(os.pipe() for _ in range(STREAMS + 1)), strict=True)
        # The process reads its standard input, and writes everything else.
        theirs, ours = (reads[0], *writes[1:]), (writes[0], *reads[1:])
        request = json.dumps([program, folder, dict(environment)]).encode()
        try:
            with self._lock:
                pid = self._forked(request, theirs)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        streams = [
            os.fdopen(descriptor, mode, buffering=1)
            for descriptor, mode in zip(ours[:STREAMS], ("w", "r", "r"), strict=True)
        ]
        return FunctionProcess(pid, streams, ours[STREAMS])

    def _forked(self, request: bytes, descriptors: tuple[int, ...]) -> int:
        try:
            return _request(self._connected(), request, descriptors)
        except OSError:  # it was killed
            assert self._server is not None
            self._server.close()
            self._server = None
            return _request(self._connected(), request, descriptors)

    def _connected(self) -> socket.socket:
        if self._server is None:
            self._server, theirs = socket.socketpair()
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            with theirs:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
            threading.Thread(target=process.wait, daemon=True).start()
        return self._server


def _request(server: socket.socket, request: bytes, descriptors: tuple[int, ...]) -> int:
    socket.send_fds(server, [LENGTH.pack(len(request))], list(descriptors))
    server.sendall(request)
    pid: int = LENGTH.unpack(_received(server, LENGTH.size))[0]
    return pid


def _received(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        if not (chunk := connection.recv(length - len(content))):
            raise ConnectionResetError
        content += chunk
    return content


def main(descriptor: int) -> None:
    """Fork a process for each request until the engine ends; run what it asks for in the forked process."""
    _import_sdk()
    signal.signal(signal.SIGCHLD, _reap)
    with socket.socket(fileno=descriptor) as engine:
        job = _next_job(engine)
    if job:
        program, folder, environment = job
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv, sys.path[0] = [program], str(Path(program).parent)
        runpy.run_path(program, run_name="__main__")


def _next_job(engine: socket.socket) -> Any:
    """Return a job in a process that was forked for it, and None in this one when the engine has ended."""
    while True:
        head, descriptors, _, _ = socket.recv_fds(engine, LENGTH.size, STREAMS + 1)
        if not head:
            return None
        job = json.loads(_received(engine, LENGTH.unpack(head)[0]))
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for stream in range(STREAMS):
                os.dup2(descriptors[stream], stream)
                os.close(descriptors[stream])
            return job  # the last descriptor stays open as long as the process lives
        for descriptor in descriptors:
            os.close(descriptor)
        engine.sendall(LENGTH.pack(pid))


def _reap(*_: object) -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            continue
    except ChildProcessError:
        return


def _import_sdk() -> None:
    """Import what every function's client uses, and keep the files of the SDK that it has read."""
    import boto3  # noqa: PLC0415 - only here, not in the engine
    from botocore.loaders import JSONFileLoader  # noqa: PLC0415

    read, files = JSONFileLoader.load_file, dict[str, Any]()

    def load_file(loader: Any, path: str) -> Any:
        if path not in files:
            files[path] = read(loader, path)
        return files[path]

    JSONFileLoader.load_file = load_file
    session = boto3.Session("none", "none", region_name="us-east-1")
    for service in FIRST_CLIENTS:
        session.client(service)
    gc.freeze()  # what is here stays shared by all processes


if __name__ == "__main__":
    main(int(sys.argv[1]))
