"""The checkout that a command is run in, and the process of its local stack."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import processes
from tests.conventions.project import ROOT

from slipway_cli.sdk.checkout import MARKS, Checkout, CheckoutNotSetUp, NotInACheckout, find_checkout
from slipway_cli.sdk.local_stack import LocalProcess, LocalStackFailed
from slipway_local.stack.errors import AlreadyRunning
from slipway_local.stack.running import RUNNING_FILE, marked_running


def checkout_in(folder: Path) -> Checkout:
    for mark in MARKS:
        (folder / mark).parent.mkdir(parents=True, exist_ok=True)
        (folder / mark).touch()
    return Checkout(folder)


def test_a_checkout_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    checkout_in(tmp_path)
    deep = tmp_path / "functions" / "slipway"
    deep.mkdir(parents=True)

    assert find_checkout(deep) == Checkout(tmp_path)
    assert find_checkout(ROOT) == Checkout(ROOT)


def test_outside_a_checkout_an_editable_installation_is_found(tmp_path: Path) -> None:
    assert find_checkout(tmp_path) == Checkout(ROOT)


def test_outside_a_checkout_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotInACheckout, match="clone the project"):
        find_checkout(tmp_path, ours=tmp_path)


def test_a_checkout_without_its_environments_asks_for_make_setup(tmp_path: Path) -> None:
    with pytest.raises(CheckoutNotSetUp, match="make setup"):
        _ = checkout_in(tmp_path).python


def test_the_projects_own_tools_come_first(tmp_path: Path) -> None:
    environment = Checkout(tmp_path).environment({"PATH": "theirs", "HOME": "home"})

    assert environment["PATH"].split(":")[0] == str(tmp_path / ".venv" / "bin")
    assert environment["PATH"].endswith(":theirs")
    assert environment["HOME"] == "home"


HOLDER = """
import sys, time
from pathlib import Path
from slipway_local.stack.running import marked_running
with marked_running(Path(sys.argv[1]), {"port": "1"}):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[processes.Child]:
    """Return a process that runs a stack of this folder, as its command line says."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with processes.started(command, cwd=ROOT / "tools") as process:
        assert process.stdout.line() == "held\n"
        yield process


def test_the_running_process_is_known_by_its_lock(tmp_path: Path, holder: processes.Child) -> None:
    process = LocalProcess(Checkout(ROOT), tmp_path)

    assert process.options() == {"pid": holder.pid, "port": "1"}
    with pytest.raises(AlreadyRunning, match="slipway local down"), marked_running(tmp_path, {}):
        pytest.fail("two at once")


def test_stopping_ends_that_very_process(tmp_path: Path, holder: processes.Child) -> None:
    process = LocalProcess(Checkout(ROOT), tmp_path)

    assert process.stop() is True
    assert holder.wait() == -15
    assert process.options() is None
    assert process.stop() is False


def test_a_process_id_that_was_left_behind_is_nobodys(tmp_path: Path, holder: processes.Child) -> None:
    holder.end()
    left = json.loads((tmp_path / RUNNING_FILE).read_text(encoding="utf-8"))
    assert left["pid"] == holder.pid

    assert LocalProcess(Checkout(ROOT), tmp_path).options() is None
    assert LocalProcess(Checkout(ROOT), tmp_path).stop() is False
    with marked_running(tmp_path, {}):
        assert LocalProcess(Checkout(ROOT), tmp_path).options() is not None
    assert LocalProcess(Checkout(ROOT), tmp_path).options() is None


def test_a_stack_that_ends_by_itself_is_shown_with_its_last_lines(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(LocalStackFailed, match="No such option"):
        LocalProcess(Checkout(ROOT), tmp_path).start({"nosuch": "1"}, said.append)


def test_a_second_start_waits_for_the_stack_that_is_starting(tmp_path: Path, holder: processes.Child) -> None:
    process = LocalProcess(Checkout(ROOT), tmp_path)
    described = threading.Timer(0.3, (tmp_path / "stack.json").write_text, ['{"endpoint_url": "http://127.0.0.1:1"}'])
    described.start()

    process.start({"nosuch": "1"}, lambda _: None)  # a start of its own would fail

    described.join()
    assert (process.description(), process.options()) == (
        {"endpoint_url": "http://127.0.0.1:1"},
        {"pid": holder.pid, "port": "1"},
    )


def test_a_second_start_fails_with_the_stack_that_is_starting(tmp_path: Path, holder: processes.Child) -> None:
    ended = threading.Timer(0.3, holder.end)
    ended.start()

    with pytest.raises(LocalStackFailed, match="did not come up"):
        LocalProcess(Checkout(ROOT), tmp_path).start({"nosuch": "1"}, lambda _: None)

    ended.join()
