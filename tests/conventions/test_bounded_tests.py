"""What would make the tests hang, or depend on how fast a machine is."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.conventions.project import ROOT, modules, syntax_of


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(syntax_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def importers_of(*names: str) -> set[str]:
    found = [path.relative_to(ROOT / "tests") for path in modules(ROOT / "tests") if set(names) & imported(path)]
    return {str(path) for path in found if path.parts[0] != "fixtures"}


def test_processes_are_started_in_one_place_whose_waits_are_bounded() -> None:
    assert importers_of("subprocess", "multiprocessing") == {"processes.py"}


def test_no_test_asserts_what_is_true_for_some_milliseconds_of_a_running_clock() -> None:
    # A fake clock stays where it is; with a scaled one, an endpoint is Updating for as long as the machine is fast.
    assert importers_of("slipway_local.adapters.clock.ScaledClock") == {
        "unit/slipway_local/adapters/test_scaled_clock.py"
    }
