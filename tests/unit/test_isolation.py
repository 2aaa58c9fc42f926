"""A run of the tests is independent of what started it: its signals, its environment, its time to wait."""

from __future__ import annotations

import os
import queue
import signal
import sys
import tempfile
from pathlib import Path

import boto3
import pytest

from tests import processes
from tests.conftest import remove_user_settings

PRINTS_DISPOSITION = "import signal; print(signal.getsignal(signal.SIGINT) == signal.default_int_handler)"


@pytest.fixture
def ignored_signals() -> object:
    """Ignore what a shell lets a background job ignore."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    yield
    processes.restore_signals()


def test_a_child_is_interrupted_by_ctrl_c_although_the_run_was_started_in_the_background(
    ignored_signals: None,
) -> None:
    assert processes.run([sys.executable, "-c", PRINTS_DISPOSITION]).stdout == "False\n"

    processes.restore_signals()

    assert processes.run([sys.executable, "-c", PRINTS_DISPOSITION]).stdout == "True\n"


def test_exported_settings_of_aws_and_slipway_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-central-1\n", encoding="utf-8")
    for name, value in {"AWS_PROFILE": "mine", "AWS_CONFIG_FILE": str(config), "SLIPWAY_STACK": "mine"}.items():
        monkeypatch.setenv(name, value)

    remove_user_settings()

    assert not {"AWS_PROFILE", "SLIPWAY_STACK"} & os.environ.keys()
    assert boto3.Session().region_name is None


def test_a_deployed_stack_is_tested_with_the_users_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("SLIPWAY_E2E_STACK", "slipway")

    remove_user_settings()

    assert os.environ["AWS_PROFILE"] == "mine"


def test_temporary_files_are_in_the_folder_of_the_run(tmp_path: Path) -> None:
    run = Path(os.environ["TMPDIR"])

    assert run.name.startswith("slipway-tests-")
    assert Path(tempfile.gettempdir()) == run
    assert tmp_path.is_relative_to(run)


def test_a_child_that_prints_nothing_is_not_waited_for_without_bound() -> None:
    with processes.started([sys.executable, "-c", "input()"]) as child, pytest.raises(queue.Empty):
        child.stdout.line(timeout=0.1)


def test_a_child_that_ended_too_early_is_shown_with_its_output() -> None:
    command = [sys.executable, "-c", "print('one'); print('two')"]
    with processes.started(command) as child, pytest.raises(AssertionError, match="ended without 'ready':\none\ntwo"):
        child.stdout.until("ready")
