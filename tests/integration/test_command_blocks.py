"""Every command of the documentation, typed as it stands there, on the local stack: a page, a session."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.documents.blocks import PAGES, ROOT, blocks
from tests.documents.shell import Session
from tests.integration import archives, control
from tests.integration.conftest import CREATION_SECONDS, new_stack
from tests.integration.deployments import Account, wait_for

RUN = {page: here for page in PAGES if (here := [block for block in blocks(page) if block.is_run])}
ADDRESS = "127.0.0.1:4566"
# The suite runs in the environment that it makes, so no test makes it again.
SET_UP = {"make setup": "make --dry-run setup"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return what a reader has in front of him: the project's files, and a few of his own."""
    for file in ROOT.iterdir():
        if file.name != ".local":
            (tmp_path / file.name).symlink_to(file)
    (tmp_path / "model.tar.gz").write_bytes(archives.answering(3))
    Image.new("RGB", (320, 200), "grey").save(tmp_path / "picture.jpg")
    return tmp_path


def shell_environment(checkout: Path, path: str, **more: str) -> dict[str, str]:
    """Return a shell's environment."""
    tools = os.pathsep.join([str(checkout / "tools"), str(checkout / "functions")])
    return {**os.environ, "PATH": path, "PYTHONPATH": tools, "NO_COLOR": "1", "AWS_PAGER": "", **more}


@pytest.fixture(scope="module")
def pages_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the stack below."""
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def fresh(pages_folder: Path, path_with_tools: str) -> Iterator[Account]:
    """Return the account of a stack of the pages' own: they list all that there is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path_with_tools)
        with new_stack(pages_folder) as running:
            yield Account(running.description)


def as_it_was(account: Account) -> None:
    """Take back what a page has made and ordered."""
    for endpoint in account.sagemaker.list_endpoints()["Endpoints"]:
        # A page's last command may be a deletion, which is still running.
        if endpoint["EndpointStatus"] != "Deleting":
            account.delete(endpoint["EndpointName"])
    wait_for(lambda: None if account.sagemaker.list_endpoints()["Endpoints"] else True)
    control.clear_faults(account)
    control.set_creation_seconds(account, CREATION_SECONDS)


@pytest.mark.full
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_commands_of_a_page_print_what_it_says(
    page: Path,
    checkout: Path,
    fresh: Account,
    pages_folder: Path,
    path_with_tools: str,
    request: pytest.FixtureRequest,
) -> None:
    (checkout / ".local").symlink_to(pages_folder)
    request.addfinalizer(functools.partial(as_it_was, fresh))
    stack = fresh.description
    environment = shell_environment(checkout, path_with_tools, **fresh.environment)
    words = SET_UP | {ADDRESS: stack.endpoint_url.removeprefix("http://")}
    words |= {f"<{name}>": value for name, value in stack.outputs.items()}
    faults = Session(checkout, environment, words).run(RUN[page])
    assert not faults, "\n\n".join(faults)
