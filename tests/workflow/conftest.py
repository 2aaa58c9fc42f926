"""Worlds for tests, and what tests have to show at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld, worlds

SHOWN = ("Captured fault matrix call", "Captured burst call")


@pytest.fixture(scope="package")
def new_world() -> Iterator[MakeWorld]:
    """Return a maker of worlds; a new one ends the one before."""
    with worlds() as make:
        yield make


@pytest.fixture
def world(new_world: MakeWorld) -> World:
    """Return a new world."""
    return new_world()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the tables and figures that tests have reported, whether they passed or not."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for title, text in report.sections:
                if title in SHOWN:
                    terminalreporter.write_sep("-", title)
                    terminalreporter.write_line(text)
