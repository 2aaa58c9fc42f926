"""Updates that are put back: because an alarm rings while traffic moves, or because they may not take as long."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.test_sagemaker_updates import BAKING, served
from tests.unit.slipway_local.sagemaker.world import World

from slipway_local.sagemaker import Settings

ALARMS = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}, {"AlarmName": "latency"}]}}
OLD, NEW = ["s3://models/model-1.tar.gz"], ["s3://models/model-2.tar.gz"]
NO_WAITS = {
    "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}
}


def updated(world: World, config: dict[str, Any]) -> dict[str, Any]:
    world.updating(2, DeploymentConfig=config)
    world.finish()
    return world.describe()


def ring_after(world: World, seconds: float) -> None:
    """Let the alarm ring once the clock has slept so long in all."""
    sleep = world.clock.sleep

    def sleeping(each: float) -> None:
        sleep(each)
        if sum(world.clock.slept) >= seconds:
            world.alarms.ringing.add("errors")

    world.clock.sleep = sleeping  # type: ignore[method-assign]


@pytest.mark.parametrize("others", [set(), {"another-alarm"}])
def test_an_update_ends_while_its_alarms_are_quiet_and_checks_them_every_minute(world: World, others: set[str]) -> None:
    world.alarms.ringing = others
    answer = updated(world, BAKING | ALARMS)

    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", "config-2")
    assert served(world) == world.hosting.running == NEW
    assert world.alarms.asked >= 4, "before and after each minute of 100 and 50 seconds"


@pytest.mark.parametrize("seconds", [0.0, 60.0, 120.0])
def test_an_alarm_while_traffic_moves_or_bakes_puts_the_old_version_back(world: World, seconds: float) -> None:
    world.updating(2, DeploymentConfig=BAKING | ALARMS)
    ring_after(world, sum(world.clock.slept) + seconds)
    world.finish()

    answer = world.describe()
    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", "config-1")
    assert answer["FailureReason"] == "The deployment was rolled back: in ALARM are errors."
    assert served(world) == world.hosting.running == OLD


def test_an_alarm_that_rings_counts_without_any_wait(world: World) -> None:
    world.alarms.ringing.add("latency")

    answer = updated(world, NO_WAITS | ALARMS)

    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", "config-1")


@pytest.mark.parametrize(("creation", "config"), [(400.0, "config-2"), (500.0, "config-1")])
def test_an_update_may_not_take_longer_than_its_limit(creation: float, config: str) -> None:
    world = World(Settings(creation_seconds=creation))
    policy = BAKING["BlueGreenUpdatePolicy"] | {"MaximumExecutionTimeoutInSeconds": 600}

    answer = updated(world, {"BlueGreenUpdatePolicy": policy})

    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", config)
    late = "The deployment was rolled back: it took longer than MaximumExecutionTimeoutInSeconds (600)."
    assert answer.get("FailureReason") == (late if config == "config-1" else None)
    assert served(world) == world.hosting.running == (OLD if config == "config-1" else NEW)


def test_a_creation_has_nothing_to_be_put_back_to(world: World) -> None:
    world.alarms.ringing.add("errors")
    world.model()
    world.config()
    world.endpoint(DeploymentConfig=ALARMS)
    world.finish()

    assert world.describe()["EndpointStatus"] == "InService"
