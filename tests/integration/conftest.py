"""The real template on a local stack of its own, deployed once for each process of the run."""

from __future__ import annotations

import fcntl
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.local_stack import Layout, LocalStack
from tests.integration.deployments import Account

PROJECT = Path(__file__).parents[2]
# An endpoint takes a fifth of a second at least, and the workflow's first wait for it, made for AWS, not much longer.
CLOCK_SCALE, CREATION_SECONDS = 0.004, 50.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def path_with_tools() -> str:
    """Return a PATH on which sam, uv and aws are found, whoever starts pytest."""
    tools = (PROJECT / ".venv/bin", PROJECT / ".tools/sam/bin", PROJECT / ".tools/uv/bin")
    return os.pathsep.join([*map(str, tools), os.environ["PATH"]])


@pytest.fixture(scope="session")
def work_folder() -> Iterator[Path]:
    """Return the folder of this process's stack: each process that runs tests has its own, in every run."""
    for number in itertools.count(1):
        folder = PROJECT / ".local" / f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # another run has it
                continue
            yield folder
            return


@pytest.fixture(scope="session")
def stack(path_with_tools: str, work_folder: Path) -> Iterator[LocalStack]:
    """Return the running stack."""
    settings = EngineSettings(port=free_port(), clock_scale=CLOCK_SCALE, creation_seconds=CREATION_SECONDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path_with_tools)
        with LocalStack(Layout(PROJECT, work_folder), settings) as running:
            yield running


@pytest.fixture(scope="session")
def account(stack: LocalStack) -> Account:
    """Return the account the stack is deployed in."""
    return Account(stack)
