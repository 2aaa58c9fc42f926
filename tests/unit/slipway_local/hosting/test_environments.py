"""With a uv of our own that writes down what it is asked."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import pytest

from slipway_local.hosting.environments import OWN_VERSION, PROJECT, EnvironmentNotMade, Environments, interpreter
from slipway_local.ports import HostingFailed

UV = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
echo "$CC" > "$(dirname "$0")/compiler"
case "$*" in
  *venv*) for last; do :; done; mkdir -p "$last" ;;
  *) cat >> "$(dirname "$0")/given"; echo "Downloading mxnet (46.8MiB)"; echo " + mxnet==1.9.1"; {end} ;;
esac
"""
PINS = """# brings: MXNet 1.9
# size: 260 MB
# source: nowhere
mxnet==1.9.1
numpy<1.24 # has numpy.bool
sagemaker-inference==1.10.1
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLIPWAY_CACHE", str(tmp_path / "cache"))
    images = tmp_path / "requirements" / "images"
    images.mkdir(parents=True)
    (images / "mxnet.txt").write_text(PINS)
    (images / "pytorch.txt").write_text("# brings: PyTorch\n# size: 5.3 GB\n# on request: make pytorch\ntorch\n")
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

    folder = Path(python).parents[1]
    venv, install, alone = calls(project)
    assert folder.parent == project / "cache" / "environments"
    assert venv == f"--no-config venv --quiet --no-project --clear --python {sys.executable} {folder}"
    assert install == f"--no-config pip install --python {python} --only-binary :all: -r -"
    assert (project / ".tools/uv/bin/given").read_text().split() == ["mxnet==1.9.1", "numpy<1.24"]
    assert alone == f"--no-config pip install --python {python} --no-deps sagemaker-inference==1.10.1"
    assert (project / ".tools/uv/bin/compiler").read_text() == "true\n"
    assert reported == log
    assert log[0] == "MXNet 1.9 is needed for the first time: making its environment, 260 MB"
    assert log[1] == "Downloading mxnet (46.8MiB)"
    assert log[-1].startswith("Made it in ")


def test_other_pins_are_another_environment(project: Path) -> None:
    environments = Environments(project)
    first = environments.python("mxnet", lambda _: None)
    (project / "requirements" / "images" / "mxnet.txt").write_text(f"{PINS}scipy\n")

    assert not environments.is_made("mxnet")
    assert environments.python("mxnet", lambda _: None) != first
    assert environments.is_made("mxnet")


def test_concurrent_models_install_an_environment_once(project: Path) -> None:
    threads = [threading.Thread(target=Environments(project).python, args=("mxnet", lambda _: None)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(calls(project)) == 3


def test_an_environment_that_cannot_be_made_is_a_failure_with_the_installers_last_words(project: Path) -> None:
    with_uv(project, "echo 'No solution found: mxnet has no wheels for this machine'; exit 1")

    with pytest.raises(EnvironmentNotMade) as failure:
        Environments(project).python("mxnet", lambda _: None)

    assert str(failure.value) == (
        "The environment of MXNet 1.9, which this image needs, could not be made: "
        "No solution found: mxnet has no wheels for this machine"
    )
    assert not Environments(project).is_made("mxnet")


def test_what_is_too_large_is_not_made_unasked_and_its_size_is_said(project: Path) -> None:
    with pytest.raises(HostingFailed) as failure:
        Environments(project).python("pytorch", lambda _: None)

    assert str(failure.value) == (
        "This image needs PyTorch, 5.3 GB on the disk, which the local stack does not install unasked: run "
        "`make pytorch` and deploy again."
    )
    assert calls(project) == []


def test_what_was_asked_for_is_made_and_used(project: Path) -> None:
    made = Environments(project).python("pytorch", lambda _: None, requested=True)

    assert Environments(project).python("pytorch", lambda _: None) == made


def test_without_uv_the_failure_says_how_to_get_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".tools" / "uv" / "bin" / "uv").unlink()
    monkeypatch.setenv("PATH", "")

    with pytest.raises(HostingFailed, match="run `make setup`"):
        Environments(project).python("mxnet", lambda _: None)


def test_the_python_is_this_one_where_it_is_among_those_that_will_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(project))
    pins = project / "requirements" / "images" / "mxnet.txt"
    for pythons, expected in ((f"3.8 or {OWN_VERSION} or 3.9", sys.executable), ("3.5 or 3.6", "3.6")):
        pins.write_text(f"# python: {pythons}\n{PINS}")
        Environments(project).python("mxnet", lambda _: None)

        assert f" --python {expected} " in calls(project)[-3]


def test_the_python_is_this_one_or_pyenvs_newest_or_uvs_affair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    for version in ("3.8.9", "3.8.18"):
        (tmp_path / "versions" / version / "bin").mkdir(parents=True)
        (tmp_path / "versions" / version / "bin" / "python").touch()

    assert interpreter(None) == interpreter(OWN_VERSION) == sys.executable
    assert interpreter("3.8") == str(tmp_path / "versions" / "3.8.18" / "bin" / "python")
    assert interpreter("3.7") == "3.7"


def test_every_version_says_what_it_brings_and_where_its_packages_are_from() -> None:
    environments = Environments()

    for name in environments.names():
        description = environments.describe(name)
        assert re.fullmatch(r"\d+(\.\d+)? [MG]B", description.size)
        if description.pythons:
            assert "# source: " in description.file.read_text(encoding="utf-8")


def test_the_documentation_has_every_environment_with_its_size_and_python() -> None:
    document = (PROJECT / "docs" / "local-stack.md").read_text(encoding="utf-8")
    environments = Environments()

    described = map(environments.describe, environments.names())
    rows = [
        f"| `{each.name}` | {each.brings} | {each.size} | {' or '.join(each.pythons) or 'this one'} |"
        for each in described
    ]
    assert [row for row in rows if row not in document] == []
