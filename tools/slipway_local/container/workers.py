"""Several workers behind one port: SAGEMAKER_MODEL_SERVER_WORKERS processes, each with a model of its own.

As in the images' model servers, a worker serves one invocation at a time, and one that dies is replaced.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable

from slipway_local.container.exchange import Reply, Request
from slipway_local.container.server import Model

PAUSE = 1.0  # seconds before a worker is replaced, so that one that always dies does not take the machine
READY = b"."
Serve = Callable[[socket.socket, Callable[[], None]], None]


class OneAtATime:
    """A model that serves one invocation after the other; others wait."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._turn = threading.Lock()

    def answer(self, request: Request) -> Reply:
        """Serve one request."""
        with self._turn:
            return self._model.answer(request)


def run_workers(count: int, listener: socket.socket, serve: Serve, report: Callable[[], None], own: int) -> None:
    """Serve with `count` processes for ever; `report` is called once all of them have loaded the model.

    `serve` runs in a worker: it loads, calls what it is given, and serves from the listener. `own` is a file descriptor
    that only this process keeps, and that `report` closes. Exits with code 1 when a worker ends before all have loaded.
    """
    ready, said = os.pipe()

    def begin() -> None:
        os.close(own)
        serve(listener, lambda: _say(said))

    workers = {_fork(begin) for _ in range(count)}
    os.close(said)
    loaded = b""
    while len(loaded) < count:
        chunk = os.read(ready, count)
        ended, _ = os.waitpid(-1, os.WNOHANG)
        if ended in workers or not chunk:
            sys.exit(1)  # the supervisor ends what is left of the process group
        loaded += chunk
    report()
    while True:
        ended, status = os.wait()
        if ended in workers:
            logging.warning("A worker has ended with status %d; another one takes its place", status)
            time.sleep(PAUSE)
            # No process waits for this one, and the descriptors of the first are closed or reused by now.
            workers = workers - {ended} | {_fork(lambda: serve(listener, _say_nothing))}


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except SystemExit as end:
        _say_why(end)
    except BaseException:  # noqa: BLE001 - a fork must never go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _say_why(end: SystemExit) -> None:
    """Write what an exit says, as the interpreter does at its end, which a fork does not come to."""
    if isinstance(end.code, str):
        sys.stderr.write(f"{end.code}\n")


def _say_nothing() -> None:
    """Stand in for the report that a worker has loaded."""


def _say(said: int) -> None:
    os.write(said, READY)
    os.close(said)
