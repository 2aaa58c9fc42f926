"""The Makefile's recipes, of which no test runs most."""

from __future__ import annotations

import re

from tests.conventions.project import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
RECIPES = [line.strip().lstrip("@") for line in MAKEFILE.splitlines() if line.startswith("\t")]
# These begin with assignments, which are such only at the start of a command or after env.
WITH_ASSIGNMENTS = re.compile(r"\$\((?:PY|RUN|ENVIRONMENTS)\)")
COMMAND_STARTS = re.compile(r"(?:^|[|;&] |\bdo |\benv )(?:\w+=\S+ |\w+=\$\(or [^)]*\)\S* )*$")


def test_variables_are_set_where_a_command_starts() -> None:
    used = [(line, found.start()) for line in RECIPES for found in WITH_ASSIGNMENTS.finditer(line)]
    assert len(used) > 20
    assert [line for line, position in used if not COMMAND_STARTS.search(line[:position])] == []


def test_the_rule_finds_a_program_before_the_variables() -> None:
    assert not COMMAND_STARTS.search("PORT=1 exec ")
    assert COMMAND_STARTS.search("exec env PORT=$(PORT) ")


def test_clean_removes_what_git_ignores_at_the_top_or_everywhere() -> None:
    [recipe] = re.findall(r"^clean:.*\n((?:\t.*\n?)+)", MAKEFILE, re.MULTILINE)
    removed = recipe.replace("$(TOOLS)", ".tools").split()
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split("\n# What the examples make.")[0].splitlines()
    assert [name for name in ignored if name.rstrip("/") not in removed] == []
