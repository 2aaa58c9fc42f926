"""The bundle that `sam build` makes of functions/: pure Python, small, and no more than is pinned."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests import processes
from tests.integration.conftest import PROJECT
from tests.integration.deployments import Account

MAX_BYTES = 15 * 1024 * 1024  # a target of ours: cold starts grow with the bundle


@pytest.fixture(scope="module")
def bundle(account: Account, stack_folder: Path) -> Path:
    """Return the folder that all functions share."""
    (folder,) = (stack_folder / "build").glob("*-Shared")
    return folder


def test_the_bundle_is_pure_python(bundle: Path) -> None:
    assert list(bundle.glob("slipway"))
    assert not list(bundle.rglob("*.so"))


def test_the_bundle_is_small_and_brings_no_sdk_of_its_own(bundle: Path) -> None:
    assert sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file()) <= MAX_BYTES
    assert not list(bundle.glob("boto*"))


def test_the_bundle_holds_what_is_pinned(bundle: Path) -> None:
    pinned = re.findall(r"^([a-z0-9-]+)==(\S+)", (PROJECT / "functions/requirements.txt").read_text(), re.MULTILINE)
    found = {path.name.removesuffix(".dist-info").replace("_", "-") for path in bundle.glob("*.dist-info")}
    assert found == {f"{name}-{version}" for name, version in pinned}


def test_a_package_with_another_hash_stops_the_build(bundle: Path, tmp_path: Path, path_with_tools: str) -> None:
    # Given packages in the cache, where the bundle's build has put them
    # And a project whose pins name another file than the package index has
    (tmp_path / "functions").mkdir()
    pins = (PROJECT / "functions/requirements.txt").read_text()
    (tmp_path / "functions/requirements.txt").write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", pins))
    shutil.copy(PROJECT / "template.yaml", tmp_path)
    shutil.copytree(PROJECT / "statemachine", tmp_path / "statemachine")
    # When it is built
    environment = {**os.environ, "PATH": path_with_tools, "SAM_CLI_TELEMETRY": "0", "UV_OFFLINE": "1"}
    built = processes.run(["sam", "build", "--beta-features"], cwd=tmp_path, env=environment, check=False)
    # Then the build says which hash it expected
    assert built.returncode != 0
    assert "sha256:00000000" in built.stdout + built.stderr
