"""With a uv of our own that writes down what it is asked."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from slipway_local.hosting.environments import KINDS, PROJECT, Environments
from slipway_local.ports import HostingFailed

UV = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
case "$*" in
  *venv*) for last; do :; done; mkdir -p "$last" ;;
  *) echo "Downloading mxnet (46.8MiB)"; echo " + mxnet==1.9.1"; {end} ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    for name in KINDS:
        (tmp_path / "requirements" / f"{name}.txt").write_text("package==1\n")
    return with_uv(tmp_path)


def with_uv(project: Path, end: str = "exit 0") -> Path:
    uv = project / ".tools" / "uv" / "bin" / "uv"
    uv.parent.mkdir(parents=True, exist_ok=True)
    uv.write_text(UV.format(end=end))
    uv.chmod(0o755)
    return project


def calls(project: Path) -> list[str]:
    file = project / ".tools" / "uv" / "bin" / "calls"
    return file.read_text().splitlines() if file.exists() else []


def test_an_environment_is_installed_once_from_its_pins_and_reported(project: Path) -> None:
    reported: list[str] = []
    log: list[str] = []

    for _ in range(2):
        python = Environments(project, reported.append).python("mxnet", log.extend)

    assert python == str(project / ".tools" / "mxnet" / "bin" / "python")
    venv, install = calls(project)
    assert venv.startswith("--no-config venv ")
    assert install == f"--no-config pip install --python {python} -r {project}/requirements/mxnet.txt"
    assert reported == log
    assert log[0] == "MXNet 1.9 is needed for the first time: making .tools/mxnet, 260 MB"
    assert log[1] == "Downloading mxnet (46.8MiB)"
    assert log[-1].startswith("Made .tools/mxnet in ")
    assert len(log) == 3


def test_an_environment_that_is_older_than_its_pins_is_made_again(project: Path) -> None:
    environments = Environments(project)
    environments.python("mxnet", lambda _: None)
    done = project / ".tools" / "mxnet" / ".done"
    os.utime(project / "requirements" / "mxnet.txt", (done.stat().st_mtime + 60,) * 2)

    environments.python("mxnet", lambda _: None)

    assert len(calls(project)) == 4


def test_concurrent_models_install_an_environment_once(project: Path) -> None:
    threads = [threading.Thread(target=Environments(project).python, args=("mxnet", lambda _: None)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(calls(project)) == 2


def test_a_failed_installation_is_reported_with_the_installers_last_line(project: Path) -> None:
    with_uv(project, "echo 'No solution found: mxnet has no wheels for this machine'; exit 1")
    log: list[str] = []

    with pytest.raises(HostingFailed) as failure:
        Environments(project).python("mxnet", log.extend)

    assert str(failure.value) == (
        "The environment .tools/mxnet, which this image needs, could not be made: "
        "No solution found: mxnet has no wheels for this machine"
    )
    assert not (project / ".tools" / "mxnet" / ".done").exists()


def test_a_large_environment_is_not_installed_unasked(project: Path) -> None:
    with pytest.raises(HostingFailed) as failure:
        Environments(project).python("pytorch", lambda _: None)

    assert str(failure.value) == (
        "This image needs PyTorch with the CUDA libraries it asks for, 5.3 GB on the disk, which the local stack does "
        "not install unasked: run `make pytorch` and deploy again."
    )
    assert calls(project) == []


def test_an_installed_large_environment_is_used(project: Path) -> None:
    (project / ".tools" / "pytorch").mkdir()
    (project / ".tools" / "pytorch" / ".done").touch()

    assert Environments(project).python("pytorch", lambda _: None).endswith(".tools/pytorch/bin/python")


def test_without_uv_the_failure_says_how_to_get_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".tools" / "uv" / "bin" / "uv").unlink()
    monkeypatch.setenv("PATH", "")

    with pytest.raises(HostingFailed, match="run `make setup`"):
        Environments(project).python("mxnet", lambda _: None)


def test_every_environment_has_its_pins_in_the_project() -> None:
    assert [name for name in KINDS if not (PROJECT / "requirements" / f"{name}.txt").is_file()] == []


def test_the_documentation_says_how_large_each_environment_is() -> None:
    document = (PROJECT / "docs" / "object-detection.md").read_text(encoding="utf-8")

    assert [name for name, kind in KINDS.items() if f"`.tools/{name}`, {kind.size}" not in document] == []
