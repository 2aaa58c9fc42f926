"""The real template on a local stack, deployed once for all processes of the run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.local_stack import Layout, LocalStack
from tests.integration.command_line import Slipway, command_line
from tests.integration.deployments import Account
from tests.integration.shared_stack import shared_stack, turn

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
    """Return a PATH on which sam, uv and aws are found, also where pytest starts without one."""
    tools = (PROJECT / ".venv/bin", PROJECT / ".tools/sam/bin", PROJECT / ".tools/uv/bin")
    return os.pathsep.join([*map(str, tools), os.environ["PATH"]])


@pytest.fixture(scope="session")
def stack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the stack that all processes of the run share."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    (folder / "stack").mkdir(exist_ok=True)
    return folder / "stack"


def new_stack(folder: Path) -> LocalStack:
    """Return a stack that does not run yet."""
    settings = EngineSettings(port=free_port(), clock_scale=CLOCK_SCALE, creation_seconds=CREATION_SECONDS)
    return LocalStack(Layout(PROJECT, with_shared_build(folder)), settings)


def with_shared_build(folder: Path) -> Path:
    """Let a stack's folder have the build that all stacks of the run have; return it."""
    built = Path(tempfile.gettempdir()) / "build"
    for made in (built, folder):
        made.mkdir(exist_ok=True)
    with suppress(FileExistsError):
        (folder / "build").symlink_to(built)
    return folder


@pytest.fixture(scope="session")
def account(path_with_tools: str, stack_folder: Path) -> Iterator[Account]:
    """Return the account that the shared stack is deployed in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path_with_tools)
        with shared_stack(new_stack(stack_folder), stack_folder / "stack.json") as description:
            yield Account(description)


@pytest.fixture
def slipway(account: Account) -> Slipway:
    """Return the command, pointed at the shared stack."""
    return command_line(account)


@pytest.fixture(autouse=True)
def its_turn(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let no other test use the shared stack while one changes what all of them use."""
    if "account" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("account")
    with turn(request.getfixturevalue("stack_folder"), alone="alone" in request.keywords):
        yield
