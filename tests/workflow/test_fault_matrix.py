"""Every AWS call of a deployment goes wrong in every way, and the deployment ends well or by name, leaving nothing.

The calls are those of an undisturbed run: a new one adds its row by itself. The tables are shown at the end of the
test run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest

from tests.workflow.fault_matrix import LIGHT, PERSISTENT, SINGLE, UNSEEN, Column, matrix, table
from tests.workflow.scenarios import ALL, GOOD, Scenario, Stage
from tests.workflow.worlds import MakeWorld


def cases() -> Iterator[object]:
    for scenario in ALL:
        name = scenario.name.replace(" ", "-")
        # An update makes most of the calls of the others.
        light = LIGHT if scenario.name == "update" else LIGHT[:1]
        # A wake makes the calls of a redeployment and a creation.
        marks = pytest.mark.full if scenario.name == "wake" else ()
        yield pytest.param(scenario, light, id=name, marks=marks)
        yield pytest.param(
            scenario, tuple(one for one in PERSISTENT if one not in light), id=f"{name}-other", marks=pytest.mark.full
        )
        # A deployment that fails anyhow shows nothing of what botocore repeats by itself. An update and a wake make the
        # calls of a creation and of a redeployment.
        if scenario in GOOD and scenario.name not in ("create", "redeploy"):
            yield pytest.param(scenario, SINGLE, id=f"{name}-once", marks=pytest.mark.full)
        if scenario in GOOD:
            yield pytest.param(scenario, UNSEEN, id=f"{name}-unseen", marks=pytest.mark.full)


@pytest.mark.parametrize(("scenario", "columns"), list(cases()))
def test_every_fault_of_every_call_ends_well_or_by_name_and_leaves_nothing(
    new_world: MakeWorld, scenario: Scenario, columns: Collection[Column], request: pytest.FixtureRequest
) -> None:
    cells = matrix(Stage(new_world, scenario), columns)
    request.node.add_report_section("call", "fault matrix", table(scenario, cells))
    wrong = [
        f"{cell.row.state} {cell.row.operation} #{cell.row.skip + 1} {cell.kind} x{cell.count}: {cell.wrong}"
        for cell in cells
        if cell.wrong
    ]
    assert wrong == []
