"""Which process runs the local stack of a work folder: the one that holds a lock, which ends with the process.

A process id in a file may be another process's by the time it is read. A lock is only its holder's.
`tools/slipway_cli/sdk/local_stack.py` is the other side of this.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from slipway_local.stack.errors import AlreadyRunning

RUNNING_FILE = "running.json"
CHECK_SECONDS = 0.5  # a process that checks whether it runs holds the lock for less


@contextmanager
def marked_running(work_folder: Path, options: dict[str, Any]) -> Iterator[None]:
    """Hold the folder's lock within the block; `running.json` has our process id and the options beside it.

    Raises `AlreadyRunning` when another process holds it.
    """
    work_folder.mkdir(parents=True, exist_ok=True)
    file = work_folder / RUNNING_FILE
    with file.open("a+", encoding="utf-8") as marker:
        _lock(marker, work_folder)
        marker.truncate(0)
        marker.write(json.dumps({"pid": os.getpid(), **options}) + "\n")
        marker.flush()
        yield
        marker.truncate(0)


def _lock(marker: IO[str], work_folder: Path) -> None:
    deadline = time.monotonic() + CHECK_SECONDS
    while True:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise AlreadyRunning(
                    f"A local stack runs in {work_folder} already: stop it with `slipway local down`, or with Ctrl-C "
                    "where it was started."
                ) from None
            time.sleep(CHECK_SECONDS / 10)
        else:
            return
