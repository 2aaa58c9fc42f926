"""Handlers are ten lines, and no module is called helpers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conventions.project import FUNCTIONS, ROOT, TOOLS, modules, syntax_of

HANDLERS = sorted(FUNCTIONS.glob("*/app.py"))
MAX_STATEMENTS = 13
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
BRANCHES = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match, ast.comprehension)


def statements(tree: ast.AST) -> int:
    return sum(isinstance(node, ast.stmt) for node in ast.walk(tree))


def branches(tree: ast.AST) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if isinstance(node, BRANCHES)]


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.parent.name)
def test_a_handler_is_short_and_goes_straight_on(path: Path) -> None:
    tree = syntax_of(path)
    assert statements(tree) <= MAX_STATEMENTS
    assert branches(tree) == []
    assert [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)] == ["handler"]


def test_a_handler_that_decides_is_seen() -> None:
    assert branches(ast.parse("x = 1 if y else 2"))
    assert branches(ast.parse("try:\n    f()\nexcept KeyError:\n    g()"))
    assert statements(ast.parse("\n".join(["x = 1"] * (MAX_STATEMENTS + 1)))) > MAX_STATEMENTS


@pytest.mark.parametrize("root", [FUNCTIONS, TOOLS, ROOT / "tests"], ids=lambda path: path.name)
def test_everything_has_a_name_of_its_own(root: Path) -> None:
    names = {part for path in modules(root) for part in path.relative_to(root).with_suffix("").parts}
    assert names & NAMELESS == set()
