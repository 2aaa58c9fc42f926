"""Deployments of the same content at the same time, of which one made what both need."""

from __future__ import annotations

import pytest

from tests.workflow.idle_cleanup import clean_up
from tests.workflow.scenarios import BAD, Scenario, Stage
from tests.workflow.test_deployment_order import request
from tests.workflow.worlds import MakeWorld

DAY = 86_400
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


def test_a_model_that_an_outcome_named_and_an_overtaken_deployment_had_goes_with_idle_cleanup(
    new_world: MakeWorld,
) -> None:
    world = new_world(variables={"KEEP_VERSIONS": "1"})
    for content in "xyz":
        world.upload(f"archives/{content}.tar.gz", content)
    named = world.deploy(request("y"))
    tags = [{"Key": "slipway:update-seconds", "Value": "40"}]
    world.sagemaker.call("AddTags", {"ResourceArn": named.output["EndpointArn"], "Tags": tags})
    world.start(request("x"))
    world.run_for(1)
    overtaken = world.start(request("y", InstanceType="ml.m5.xlarge"))
    world.run_for(9)
    newest = world.start(request("z"))
    world.run()
    world.settle()

    # `newest` removed the version that was named while `overtaken` waited with another configuration of its model.
    assert (overtaken.outcome, newest.outcome) == ("Superseded", "Updated")
    assert world.there().configs.keys() == {newest.output["EndpointConfigName"]}
    assert world.there().models == {named.output["ModelName"], newest.output["ModelName"]}

    world.time.pass_(2 * DAY)
    clean_up(world, idle_after_minutes=10 * DAY // 60)

    assert world.there().models == {newest.output["ModelName"]}
    assert world.there().copies == {f"deployed/{newest.output['ModelName']}/model.tar.gz"}
