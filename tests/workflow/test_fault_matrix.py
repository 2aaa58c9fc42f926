"""Every AWS call of a deployment goes wrong in every way, and the deployment ends well or by name, leaving nothing.

The calls are those of an undisturbed run: a new one adds its row by itself. The tables are shown at the end of the
test run.
"""

from __future__ import annotations

import pytest

from tests.workflow.fault_matrix import COLUMNS, FEWER, matrix, table
from tests.workflow.scenarios import ALL, GOOD, Scenario, Stage
from tests.workflow.worlds import MakeWorld


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_every_fault_of_every_call_ends_well_or_by_name_and_leaves_nothing(
    new_world: MakeWorld, scenario: Scenario, request: pytest.FixtureRequest
) -> None:
    cells = matrix(Stage(new_world, scenario), COLUMNS if scenario in GOOD else FEWER)
    request.node.add_report_section("call", "fault matrix", table(scenario, cells))
    wrong = [
        f"{cell.row.state} {cell.row.operation} #{cell.row.skip + 1} {cell.kind} x{cell.count}: {cell.wrong}"
        for cell in cells
        if cell.wrong
    ]
    assert wrong == []
