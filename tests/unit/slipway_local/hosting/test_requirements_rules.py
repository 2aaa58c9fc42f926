from __future__ import annotations

from pathlib import Path

import pytest

from slipway_local.hosting.requirements import ALLOW_BUILDS, Installer, check_paths, install_requirements
from slipway_local.ports import HostingFailed

SECRETS = {"GITHUB_TOKEN": "ghp_secret", "AWS_ACCESS_KEY_ID": "test", "HOME": "/users", "UV_INDEX_URL": "http://i"}


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    return tmp_path / "code"


@pytest.mark.parametrize(
    "line",
    [
        "-r /etc/passwd", "-r/etc/passwd", "--requirement=/etc/passwd", "-c ../other.txt", "-e ./package", "-f /wheels",
        "--editable=./package", "-e\\\n./package", "/package", "../package", "package @ file:///package",
        "file:../package",
        "-r nested.txt",
    ],
)  # fmt: skip
def test_a_line_that_leaves_the_folder_or_is_always_built_is_refused(code: Path, line: str) -> None:
    (code / "requirements.txt").write_text(f"numpy\n{line}\n", encoding="utf-8")
    (code / "nested.txt").write_text("-e ./package\n", encoding="utf-8")

    with pytest.raises(HostingFailed, match=r"requirements\.txt of this model"):
        check_paths(code / "requirements.txt")


@pytest.mark.parametrize(
    "line", ["numpy>=1.0; python_version > '3'", "# -r /etc/passwd", "-f wheels", "./a.whl", "-r requirements.txt",
             "-f https://example.com/wheels", "a @ https://example.com/a.whl"]
)  # fmt: skip
def test_packages_and_files_beside_it_are_not_refused(code: Path, line: str) -> None:
    (code / "requirements.txt").write_text(line, encoding="utf-8")

    check_paths(code / "requirements.txt")


def test_a_build_backend_of_the_archive_is_never_run(code: Path) -> None:
    (code / "requirements.txt").write_text("./package\n", encoding="utf-8")
    (code / "package").mkdir()
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (code / "package/pyproject.toml").write_text(f'{build}[project]\nname = "a"\nversion = "1"\n', encoding="utf-8")
    ran = code / "ran"
    (code / "package/backend.py").write_text(f"open({str(ran)!r}, 'w')\n", encoding="utf-8")

    with pytest.raises(HostingFailed, match="Building source distributions is disabled"):
        install_requirements(code, "python3", code.parent / "packages", lambda _: None)
    assert not ran.exists()


def test_the_installer_has_the_containers_home_and_none_of_the_users_variables(tmp_path: Path) -> None:
    variables = Installer(tmp_path, SECRETS)._variables()

    assert not {"GITHUB_TOKEN", "AWS_ACCESS_KEY_ID"} & variables.keys()
    assert (variables["HOME"], variables["UV_INDEX_URL"]) == (str(tmp_path / "home"), "http://i")


def test_an_installer_that_takes_too_long_is_ended(code: Path) -> None:
    with pytest.raises(HostingFailed, match="longer than 0 seconds"):
        Installer(code.parent, seconds=0.0).run("pip", "list", within=code)


def test_the_user_of_the_laptop_may_allow_builds(tmp_path: Path) -> None:
    assert not Installer(tmp_path, SECRETS).builds
    assert Installer(tmp_path, {ALLOW_BUILDS: "allowed"}).builds
