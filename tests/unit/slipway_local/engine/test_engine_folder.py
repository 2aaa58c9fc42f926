from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from tests import processes

from slipway_local.engine.folder import PREFIX, UNFINISHED, engine_folder


def open_descriptors() -> int:
    return psutil.Process().num_fds()


def test_a_folder_is_there_inside_and_gone_afterwards(tmp_path: Path) -> None:
    with engine_folder(tmp_path) as folder:
        (folder / "containers").mkdir()
        assert folder.parent == tmp_path

    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_removed_when_the_engine_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), engine_folder(tmp_path):
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


def test_abandoned_folders_are_removed(tmp_path: Path) -> None:
    abandoned = tmp_path / f"{PREFIX}abandoned"
    (abandoned / "containers" / "ep").mkdir(parents=True)
    (tmp_path / "of-another-program").mkdir()
    (tmp_path / f"{PREFIX}file").touch()

    with engine_folder(tmp_path) as folder:
        assert not abandoned.exists()
        assert {found.name for found in tmp_path.iterdir()} == {folder.name, "of-another-program", f"{PREFIX}file"}


def test_an_unfinished_folder_of_another_engine_stays(tmp_path: Path) -> None:
    (tmp_path / f"{UNFINISHED}1").mkdir()

    with engine_folder(tmp_path):
        assert (tmp_path / f"{UNFINISHED}1").is_dir()


def test_a_running_engine_keeps_its_folder(tmp_path: Path) -> None:
    with engine_folder(tmp_path) as first, engine_folder(tmp_path) as second:
        assert first.is_dir()
        assert second.is_dir()
        assert first != second


def test_a_child_that_outlives_its_engine_does_not_hold_the_folder(tmp_path: Path) -> None:
    with ExitStack() as child_outlives:
        with engine_folder(tmp_path) as folder:
            command = [sys.executable, "-c", "input()"]
            child = child_outlives.enter_context(processes.started(command, close_fds=False))
        folder.mkdir()

        with engine_folder(tmp_path):
            assert not folder.exists()
        child.write("\n")
        assert child.wait() == 0


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}abandoned").mkdir()
    before = open_descriptors()

    with engine_folder(tmp_path):
        pass

    assert open_descriptors() == before
