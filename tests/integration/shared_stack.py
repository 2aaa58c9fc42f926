"""One deployed stack for all processes of a run, however many of them there are and whichever ends first."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from slipway_local.stack.description import StackDescription
from slipway_local.stack.local_stack import LocalStack


@contextmanager
def locked(file: Path, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a lock on a file, which ends with the process however that ends."""
    with file.open("a") as lock:
        fcntl.flock(lock, kind)
        yield


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Use what all processes share, together with others or alone; who waits to be alone is not overtaken."""
    with ExitStack() as held:
        with locked(folder / "queue"):
            held.enter_context(locked(folder / "turn", fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield


@contextmanager
def shared_stack(stack: LocalStack, stack_file: Path) -> Iterator[StackDescription]:
    """Yield the description of the stack that runs; start this one if none does, and end it when no one uses it."""
    starting, users = stack_file.with_name("starting"), stack_file.with_name("users")
    with ExitStack() as ours:
        with locked(starting):
            if not stack_file.exists():
                ours.enter_context(_ended_after_all_users(stack, starting, users))
            ours.enter_context(locked(users, fcntl.LOCK_SH))
        yield StackDescription(**json.loads(stack_file.read_text(encoding="utf-8")))


@contextmanager
def _ended_after_all_users(stack: LocalStack, starting: Path, users: Path) -> Iterator[None]:
    with stack:
        yield
        # Who comes later starts a stack of its own.
        with locked(starting), locked(users):
            stack.down()
