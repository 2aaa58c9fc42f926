"""app.py → use cases → domain; only adapters know boto3, and one place builds real objects."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conventions.project import FUNCTIONS, ROOT, TOOLS, modules, syntax_of

# What each part of `functions/` may import, besides the standard library. What is not listed is refused.
MAY_IMPORT = {
    "app": {
        "slipway.answering",
        "slipway.bootstrap",
        "slipway.entry_point",
        "slipway.on_event",
        "slipway.scheduled",
        "slipway.use_cases",
        "slipway.domain",
    },
    "slipway": {"slipway.images"},
    "slipway.errors": set[str](),
    "slipway.settings": {"slipway.domain"},
    "slipway.images": {"slipway.images", "slipway.errors"},
    "slipway.prices": {"slipway.errors"},
    "slipway.domain": {"slipway.domain", "slipway.errors"},
    "slipway.contract": {"slipway.contract", "slipway.domain", "slipway.errors", "fastjsonschema"},
    "slipway.use_cases": {
        "slipway.use_cases",
        "slipway.contract",
        "slipway.domain",
        "slipway.errors",
        "slipway.images",
        "slipway.prices",
        "slipway.settings",
    },
    "slipway.adapters": {
        "slipway.adapters",
        "slipway.use_cases",
        "slipway.domain",
        "slipway.errors",
        "boto3",
        "botocore",
    },
    "slipway.observability": {"aws_lambda_powertools"},
    "slipway.bootstrap": {
        "slipway.adapters",
        "slipway.use_cases",
        "slipway.observability",
        "slipway.prices",
        "slipway.settings",
        "boto3",
        "botocore",
    },
    "slipway.entry_point": {"slipway.bootstrap", "slipway.errors", "slipway.observability", "aws_lambda_powertools"},
    "slipway.answering": {"slipway.bootstrap", "slipway.errors", "slipway.observability", "aws_lambda_powertools"},
    "slipway.on_event": {"slipway.domain", "slipway.observability", "aws_lambda_powertools"},
    "slipway.scheduled": {"slipway.bootstrap", "slipway.observability", "aws_lambda_powertools"},
}
MAY_READ_THE_ENVIRONMENT = {"slipway.bootstrap"}


def part_of(path: Path) -> str:
    parts = path.relative_to(FUNCTIONS).with_suffix("").parts
    if parts[0] != "slipway":
        return parts[-1]
    return ".".join(part for part in parts[:2] if part != "__init__")


def imports_of(tree: ast.AST, package: str = "") -> Iterator[str]:
    """Yield what is imported, at the top and within functions: `slipway.domain` or `boto3`, down to two names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            # `from slipway import images` names the part only in what is imported.
            names = (
                [f"slipway.{alias.name}" for alias in node.names] if node.module == "slipway" else [node.module or ""]
            )
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield ".".join(parts[:2]) if parts[0] == "slipway" else parts[0]


def refused(part: str, tree: ast.AST) -> set[str]:
    return set(imports_of(tree)) - MAY_IMPORT[part] - set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", modules(FUNCTIONS), ids=lambda path: str(path.relative_to(FUNCTIONS)))
def test_a_module_imports_only_what_lies_further_in(path: Path) -> None:
    assert refused(part_of(path), syntax_of(path)) == set()


@pytest.mark.parametrize("path", modules(FUNCTIONS), ids=lambda path: str(path.relative_to(FUNCTIONS)))
def test_only_the_composition_root_reads_the_environment(path: Path) -> None:
    if part_of(path) in MAY_READ_THE_ENVIRONMENT:
        return
    read = [node for node in ast.walk(syntax_of(path)) if _names_the_environment(node)]
    assert read == []


def _names_the_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in ("environ", "environb", "getenv") and isinstance(node.value, ast.Name)
    return isinstance(node, ast.ImportFrom) and node.module == "os"


def test_every_part_of_the_product_is_listed_and_no_other() -> None:
    assert {part_of(path) for path in modules(FUNCTIONS)} == set(MAY_IMPORT)


def test_tools_do_not_import_tests() -> None:
    for path in modules(TOOLS):
        assert "tests" not in set(imports_of(syntax_of(path))), path.relative_to(ROOT)


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("slipway.domain", "import boto3"),
        ("slipway.domain", "from slipway.use_cases.create_model import Model"),
        ("slipway.contract", "from aws_lambda_powertools.logging import Logger"),
        ("slipway.use_cases", "def f():\n    from slipway.adapters import s3"),
        ("slipway.use_cases", "from slipway import adapters"),
        ("slipway.use_cases", "import slipway_local.ports"),
        ("app", "from slipway.adapters.s3 import Boto3Archives"),
        ("app", "from tests.fakes import services"),
    ],
)
def test_an_arrow_that_points_outward_is_seen(part: str, line: str) -> None:
    assert refused(part, ast.parse(line))
