"""Updates that are watched by alarms which the deployment creates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflow.fault_matrix import LIGHT, clean_run, disturbed
from tests.workflow.idle_cleanup import clean_up
from tests.workflow.scenarios import Scenario, Stage
from tests.workflow.test_smoke_tests import NAME, deployed, deployment, endpoint
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

MANAGED: dict[str, Any] = {"DeploymentConfig": {"ManagedAlarms": True}}
ERRORS = f"slipway/{NAME}/AllTraffic/InvocationModelErrors"
REASON = "Threshold Crossed: 1 datapoint [0.31 (28/11/26 16:00:00)] was greater than the threshold (0.05)."
DAY = 86_400


def update(world: World, weights: str = "second", **fields: Any) -> dict[str, Any]:
    request = deployment(world, weights, **{**MANAGED, **fields})
    del request["SmokeTest"]
    return request


def test_an_update_creates_alarms_that_sagemaker_watches(world: World) -> None:
    deployed(world, "first")

    execution = world.deploy(update(world))

    assert execution.outcome == "Updated"
    names = [
        f"slipway/{NAME}/AllTraffic/{one}" for one in ("Invocation5XXErrors", "InvocationModelErrors", "ModelLatency")
    ]
    assert sorted(world.services.idle.alarm_requests) == names
    config = endpoint(world)["LastDeploymentConfig"]
    assert [alarm["AlarmName"] for alarm in config["AutoRollbackConfiguration"]["Alarms"]] == names
    assert config["BlueGreenUpdatePolicy"]["TerminationWaitInSeconds"] == 600


def test_an_alarm_that_fires_rolls_the_update_back_and_is_named_with_its_values(world: World) -> None:
    first = deployed(world, "first")
    execution = world.start(update(world))
    world.step_to(execution, "WaitForEndpoint")
    world.run_for(60)
    world.services.idle.fire(ERRORS, REASON)

    world.run()
    world.settle()

    assert execution.outcome == "DeploymentRolledBack"
    assert f"Alarms that fired: {ERRORS} ({REASON[:-1]})" in json.loads(execution.cause)["Message"]
    assert endpoint(world)["EndpointConfigName"] == first


def test_a_new_endpoint_has_no_alarms_and_a_rollback_has(world: World) -> None:
    assert world.deploy(update(world, "first")).outcome == "Created"
    assert world.services.idle.alarms == {}
    second = world.deploy(update(world, "second"))
    first = world.sagemaker.call("ListEndpointConfigs", {"SortOrder": "Ascending"})["EndpointConfigs"][0]
    world.services.idle.alarms.clear()

    request = {"EndpointName": NAME, "EndpointConfigName": first["EndpointConfigName"], **MANAGED}
    assert (second.outcome, world.deploy(request).outcome) == ("Updated", "Redeployed")
    assert len(world.services.idle.alarms) == 3


def test_alarms_go_with_the_idle_endpoint(world: World) -> None:
    deployed(world, "first")
    assert world.deploy(update(world)).outcome == "Updated"
    world.services.idle.alarms["mine"] = "OK"
    world.time.pass_(3 * DAY)

    assert len(clean_up(world)["Deleted"]) == 1
    assert list(world.services.idle.alarms) == ["mine"]


@pytest.mark.parametrize("managed", [False, None])
def test_without_managed_alarms_none_is_created(world: World, managed: bool | None) -> None:
    deployed(world, "first")
    policy = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}
    config = {"BlueGreenUpdatePolicy": policy, **({} if managed is None else {"ManagedAlarms": managed})}

    execution = world.deploy(update(world, DeploymentConfig=config))

    assert (execution.outcome, world.services.idle.alarms) == ("Updated", {})
    assert endpoint(world)["LastDeploymentConfig"] == {"BlueGreenUpdatePolicy": policy}


def _managed(world: World) -> object:
    deployed(world, "first")
    return update(world)


def test_every_fault_of_creating_alarms_ends_well_or_by_name_and_leaves_nothing(new_world: MakeWorld) -> None:
    stage = Stage(new_world, Scenario("managed alarms", _managed, "Updated"))
    clean = clean_run(stage)
    rows = [row for row in clean.rows if row.state == "CreateAlarms"]
    firsts = [row for row in rows if row.skip == 0]

    cells = [disturbed(stage, clean, row, kind, count) for row in firsts for kind, count in LIGHT]

    # The endpoint; a metric and an alarm three times; the states.
    assert (len(rows), len(firsts)) == (8, 4)
    assert [f"{cell.row} {cell.kind}: {cell.wrong}" for cell in cells if cell.wrong] == []
