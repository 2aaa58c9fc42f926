"""What would make the tests hang, or depend on how fast a machine is."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import settings

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
    # The other one forks containers in place of the product's own call.
    assert importers_of("subprocess", "multiprocessing") == {"processes.py", "contract/hosting/forked.py"}


def short_deadlines(text: str) -> list[int]:
    """Return the lines of waits that end after one to sixty seconds; what takes less is a pause, and no deadline."""
    found = []
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        given = [option.value for option in call.keywords if option.arg == "timeout"]
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"wait", "join"}:
            given += call.args
        numbers = [value.value for value in given if isinstance(value, ast.Constant)]
        found += [call.lineno for number in numbers if isinstance(number, int | float) and 1 <= number < 60]
    return found


def test_no_wait_ends_before_a_busy_machine_is_done() -> None:
    assert short_deadlines("done.wait(10)\nask(timeout=5.0)\ndone.wait(0.1)\nask(timeout=120)") == [1, 2]
    short = {str(path): short_deadlines(path.read_text(encoding="utf-8")) for path in modules(ROOT / "tests")}
    assert {name: lines for name, lines in short.items() if lines} == {}, "wait for processes.TIMEOUT seconds"


def test_an_example_has_no_deadline() -> None:
    assert settings().deadline is None


def test_no_test_asserts_what_is_true_for_some_milliseconds_of_a_running_clock() -> None:
    # A fake clock stays where it is; with a scaled one, an endpoint is Updating for as long as the machine is fast.
    assert importers_of("slipway_local.adapters.clock.ScaledClock") == {
        "unit/slipway_local/adapters/test_scaled_clock.py"
    }
