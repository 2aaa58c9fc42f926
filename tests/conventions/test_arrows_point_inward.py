"""A package imports only packages of lower layers; only `aws` modules import boto3; one place builds real objects."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conventions.project import FUNCTIONS, ROOT, TOOLS, modules, syntax_of

# A package may import itself and every package of a later layer. `app` is the handlers, `functions/<state>/app.py`.
LAYERS = (
    {"app"},
    {"entrypoints"},
    {"cleanup", "failure", "api", "outcomes", "batch", "rollouts", "triggers"},
    {"hosting"},
    {"versions"},
    {"planning", "preflight", "smoke_test"},
    {"images", "prices"},
    {"aws"},
    {"deployment"},
    {"errors"},
)
THIRD_PARTY = {
    "entrypoints": {"aws_lambda_powertools"},
    "planning": {"fastjsonschema"},
    "smoke_test": {"fastjsonschema"},
}
SDK = {"boto3", "botocore"}
PYTHON_API = "slipway_python"  # the root package has its names, imported when they are used
MAY_READ_THE_ENVIRONMENT = {"entrypoints"}
ROOT_PACKAGE = "slipway"


def layer_of(package: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if package in layer)


def package_of(path: Path) -> str:
    """Return the package of a module: `hosting`, `errors`, `app` for a handler, `slipway` for the root package."""
    parts = path.relative_to(FUNCTIONS).with_suffix("").parts
    if parts[0] != ROOT_PACKAGE:
        return parts[-1]
    return ROOT_PACKAGE if parts[1] == "__init__" else parts[1]


def may_import_the_sdk(path: Path) -> bool:
    return path.name == "aws.py" or path.parent.name == "aws" or path.stem == "bootstrap"


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Yield what is imported, at the top and within functions, as a dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            # `from slipway import images` names the package only in what is imported.
            yield from (
                [f"slipway.{alias.name}" for alias in node.names] if node.module == "slipway" else [node.module or ""]
            )


def refused(path: Path, tree: ast.AST) -> set[str]:
    return {name for name in imports_of(tree) if not _may_import(path, name.split("."))}


def _may_import(path: Path, imported: list[str]) -> bool:
    package = package_of(path)
    if package == ROOT_PACKAGE and imported[0] == PYTHON_API:
        return True
    if imported[0] == ROOT_PACKAGE:
        return package == ROOT_PACKAGE or _points_inward(package, imported)
    allowed = THIRD_PARTY.get(package, set()) | (SDK if may_import_the_sdk(path) else set())
    return imported[0] in allowed or imported[0] in sys.stdlib_module_names


def _points_inward(package: str, imported: list[str]) -> bool:
    is_client = package == "app" and imported[-1] == "aws"
    return not is_client and (package == imported[1] or layer_of(imported[1]) > layer_of(package))


@pytest.mark.parametrize("path", modules(FUNCTIONS), ids=lambda path: str(path.relative_to(FUNCTIONS)))
def test_a_module_imports_only_lower_layers(path: Path) -> None:
    assert refused(path, syntax_of(path)) == set()


@pytest.mark.parametrize("path", modules(FUNCTIONS), ids=lambda path: str(path.relative_to(FUNCTIONS)))
def test_only_the_composition_root_reads_the_environment(path: Path) -> None:
    if package_of(path) in MAY_READ_THE_ENVIRONMENT:
        return
    read = [node for node in ast.walk(syntax_of(path)) if _names_the_environment(node)]
    assert read == []


def _names_the_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in ("environ", "environb", "getenv") and isinstance(node.value, ast.Name)
    return isinstance(node, ast.ImportFrom) and node.module == "os"


def test_every_package_has_a_layer_and_every_layer_exists() -> None:
    assert {package_of(path) for path in modules(FUNCTIONS)} - {ROOT_PACKAGE} == set().union(*LAYERS)


def test_the_documentation_has_the_layers() -> None:
    table = re.findall(
        r"^\| (\d+) \| (.+?) \|", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    documented = [set(re.findall(r"`(\w+)`", packages)) for _, packages in table]
    assert documented == [*LAYERS[1:]]


def test_the_documentation_has_every_folder() -> None:
    listing = (
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Where things are")[1].split("## Words")[0]
    )
    packages = set(re.findall(r"^  (\w+)/ ", listing, re.MULTILINE))
    assert packages == {path.name for path in (FUNCTIONS / ROOT_PACKAGE).iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"^tools/(\w+)/ ", listing, re.MULTILINE)) == {
        path.name for path in TOOLS.iterdir() if (path / "__init__.py").exists()
    }


def test_tools_do_not_import_tests() -> None:
    for path in modules(TOOLS):
        assert not {name for name in imports_of(syntax_of(path)) if name.split(".")[0] == "tests"}, path.relative_to(
            ROOT
        )


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("slipway/deployment/tags.py", "import boto3"),
        ("slipway/hosting/create_model.py", "import botocore"),
        ("slipway/deployment/tags.py", "from slipway.hosting.create_model import Model"),
        ("slipway/planning/contract/rules.py", "from aws_lambda_powertools.logging import Logger"),
        ("slipway/versions/wake.py", "def f():\n    from slipway.cleanup import run"),
        ("slipway/versions/wake.py", "from slipway import cleanup"),
        ("slipway/hosting/create_model.py", "import slipway_local.ports"),
        ("create_model/app.py", "from slipway.preflight.aws import InstanceQuotas"),
        ("create_model/app.py", "from tests.fakes import services"),
    ],
)
def test_an_import_of_a_higher_layer_is_found(module: str, line: str) -> None:
    assert refused(FUNCTIONS / module, ast.parse(line))
