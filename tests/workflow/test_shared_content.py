"""Deployments of the same content at the same time, of which one made what both need."""

from __future__ import annotations

import pytest

from tests.workflow.scenarios import BAD, Scenario, Stage
from tests.workflow.worlds import MakeWorld


@pytest.mark.parametrize("between", [0, 1, 20, 45, 70])
@pytest.mark.parametrize("scenario", BAD, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_the_same_archive_that_fails_twice_leaves_nothing(
    new_world: MakeWorld, scenario: Scenario, between: int
) -> None:
    stage = Stage(new_world, scenario)
    world = stage.world()
    before = world.there()

    first = world.start(stage.request)
    world.run_for(between)
    second = world.start(stage.request)
    world.run()
    world.settle()

    assert {first.status, second.status} == {"FAILED"}
    assert world.there() == before
