"""The engine's folder for temporary files, and what engines that were killed have left of theirs."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "slipway-engine-"
UNFINISHED = "slipway-starting-"


@contextmanager
def engine_folder(parent: Path) -> Iterator[Path]:
    """Make a folder in `parent` that is removed on leaving, and remove those of engines that could not.

    An engine holds a lock on its folder, which ends with the process however that ends: a folder that can be
    locked belongs to no running engine. The folder gets its name when it has its lock, so that no other engine removes
    it.
    """
    _remove_abandoned(parent)
    made = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=parent))
    lock = os.open(made, os.O_RDONLY)  # Python's descriptors are not inherited: no child keeps the lock
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = made.rename(made.with_name(made.name.replace(UNFINISHED, PREFIX, 1)))
        try:
            yield folder
        finally:
            _remove(folder)
    finally:
        os.close(lock)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            lock = os.open(folder, os.O_RDONLY)
        except OSError:  # another user's, or gone by now
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)
        except BlockingIOError:  # its engine lives
            continue
        finally:
            os.close(lock)


def _remove(folder: Path) -> None:
    # A process that is just being killed may still write there; what is left then, the next engine removes.
    shutil.rmtree(folder, ignore_errors=True)
