"""Deployments of the same content at the same time, of which one made what both need."""

from __future__ import annotations

import pytest

from tests.workflow.scenarios import BAD, Scenario, Stage
from tests.workflow.worlds import MakeWorld

# The second sees the endpoint of the first being created, failed, being deleted, gone; and the other way round.
BETWEEN = range(0, 260, 20)


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(BAD[0], id="failing-create"), pytest.param(BAD[1], id="failing-update", marks=pytest.mark.full)],
)
def test_the_same_archive_that_fails_twice_leaves_nothing(new_world: MakeWorld, scenario: Scenario) -> None:
    stage = Stage(new_world, scenario)
    for seconds in BETWEEN:
        world = stage.world(creation_seconds=240)
        before = world.there()

        first = world.start(stage.request)
        world.run_for(seconds)
        second = world.start(stage.request)
        world.run()
        world.settle()

        assert {first.status, second.status} == {"FAILED"}
        assert world.there() == before, f"{seconds} s apart"
