"""What `pip install .` brings: every module and data file of the command, nothing else, and what it says it needs."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import processes
from tests.conventions.project import ROOT, modules, syntax_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = {
    "slipway": ROOT / "functions",
    "slipway_cli": ROOT / "tools",
    "slipway_console": ROOT / "tools",
    "slipway_python": ROOT / "tools",
}
# What a module is imported as, where its distribution has another name.
DISTRIBUTIONS = {"PIL": "pillow", "yaml": "pyyaml", "jsonata": "jsonata-python"}
# Lambda's libraries, which only handlers import: the runtime's layer of the product, not the command's.
OF_HANDLERS = {"aws_lambda_powertools"}
# Imported only where the caller passes or asks for an array, and so has it.
OF_CALLERS = {"numpy"}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from a copy of the sources, without a network."""
    source = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for folder in ("functions", "tools"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    build = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    processes.run([sys.executable, "-c", build], cwd=source)
    (built,) = (source / "dist").glob("*.whl")
    return built


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def expected() -> Iterator[str]:
    for package, root in PACKAGES.items():
        for path in (root / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                yield str(path.relative_to(root))


def test_the_wheel_holds_every_file_of_the_command_and_no_other(wheel: Path) -> None:
    assert contents(wheel) == set(expected())
    assert {f"{typed}/py.typed" for typed in ("slipway", "slipway_python")} <= contents(wheel), "PEP 561"


def test_the_wheel_brings_the_command_and_names_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        texts = {name.split(".dist-info/")[1]: archive.read(name) for name in archive.namelist() if "dist-info" in name}
    assert b"slipway = slipway_cli.main:main" in texts["entry_points.txt"]
    assert "licenses/LICENSE" in texts


def test_what_the_command_imports_is_what_it_says_it_needs() -> None:
    base, extra = (
        declared(PROJECT["project"]["dependencies"]),
        declared(PROJECT["project"]["optional-dependencies"]["console"]),
    )
    assert third_party("slipway", "slipway_cli") - OF_HANDLERS - base <= extra
    assert third_party(*PACKAGES) - OF_HANDLERS - OF_CALLERS == base | extra


def declared(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[ ]", text)[0].lower() for text in requirements}


def third_party(*packages: str) -> set[str]:
    """Return the distributions that packaged modules import, at the top or within functions."""
    found = set()
    for package in packages:
        for path in modules(PACKAGES[package] / package):
            for node in ast.walk(syntax_of(path)):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.split(".")[0])
    foreign = found - set(sys.stdlib_module_names) - PACKAGES.keys()
    # botocore comes with boto3, and its version with it.
    return {DISTRIBUTIONS.get(name, name) for name in foreign - {"botocore"}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["image", "object-detection", "--region", "ap-southeast-2", "--version", "latest"], ":latest"),
        (["validate", "deployment.json", "--region", "us-east-1"], "is valid"),
        (["--help"], "Deploy models"),
    ],
    ids=["image", "validate", "help"],
)
def test_the_unpacked_wheel_runs_outside_the_checkout(
    wheel: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    (tmp_path / "deployment.json").write_text(json.dumps({"Framework": "sklearn"}), encoding="utf-8")
    run = "import slipway_cli, sys; from slipway_cli.main import main; print(slipway_cli.__file__); main()"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = processes.run([sys.executable, "-c", run, *arguments], cwd=tmp_path, env=environment)
    assert done.stdout.startswith(str(tmp_path / "installed"))
    assert said in done.stdout


@pytest.mark.parametrize(
    ("arguments", "feature"),
    [
        (["console", "--no-browser"], "slipway console needs"),
        (["invoke", "e", "a.jpg", "--draw", "b.png"], "--draw needs PIL"),
    ],
)
def test_a_command_of_the_extra_says_how_to_install_it(tmp_path: Path, arguments: list[str], feature: str) -> None:
    # Given an installation without the extra's libraries, and an endpoint that answers with boxes
    (tmp_path / "a.jpg").write_bytes(b"picture")
    blocked = "import sys; sys.modules.update(dict.fromkeys(('PIL', 'yaml', 'waitress', 'werkzeug')))\n"
    answers = (
        "from slipway_cli.commands import invoke\n"
        "invoke.find_target = lambda choice: None\n"
        "invoke.invoke = lambda *_: invoke.Answer(b'{\"prediction\": []}', 'application/json', 'V', 1.0)\n"
    )
    # When the command runs
    script = f"{blocked}{answers}from slipway_cli.main import main\nmain()"
    environment = processes.project_environment()
    done = processes.run([sys.executable, "-c", script, *arguments], cwd=tmp_path, env=environment, check=False)
    # Then it ends with one sentence
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {feature}")
    assert "pip install 'slipway[console]'" in done.stderr
