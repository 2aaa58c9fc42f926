"""UpdateEndpoint: blue/green, rolled back on failure, alarms and time limits, retaining what is asked."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import CAPTURE, START, World, variant

from slipway_local.ports import HostingFailed
from slipway_local.sagemaker import Settings

BAKING = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 100,
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        },
        "TerminationWaitInSeconds": 50,
    }
}


def served(world: World) -> list[str]:
    """Return the model data of every container that answers invocations."""
    serving = world.sagemaker.hosted.serving("endpoint-1")
    assert serving is not None
    return [variant.container.spec.model_data.s3_uri for variant in serving]  # type: ignore[attr-defined]


def test_while_updating_the_old_configuration_is_in_place_and_the_new_one_pending(world: World) -> None:
    world.updating()
    answer = world.describe()
    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("Updating", "config-1")
    pending = answer["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "config-2"
    assert pending["StartTime"] == START.timestamp() + 3
    (new,) = pending["ProductionVariants"]
    assert (new["CurrentInstanceCount"], new["DesiredInstanceCount"]) == (0, 1)
    assert new["VariantStatus"] == [{"Status": "Creating", "StartTime": START.timestamp() + 3}]
    assert new["InstanceType"] == "ml.m5.xlarge"
    assert "VariantStatus" not in answer["ProductionVariants"][0]
    assert served(world) == ["s3://models/model-1.tar.gz"]


def test_an_update_ends_in_service_with_the_new_configuration_and_the_old_container_stopped(world: World) -> None:
    world.updating()
    world.finish()
    answer = world.describe()
    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", "config-2")
    assert "PendingDeploymentSummary" not in answer
    assert answer["CreationTime"] == START.timestamp()
    assert answer["LastModifiedTime"] == START.timestamp() + 6
    assert served(world) == world.hosting.running == ["s3://models/model-2.tar.gz"]


def test_the_old_container_answers_until_the_new_one_is_healthy(world: World) -> None:
    world.updating()
    start, seen = world.hosting.start, []

    def watched(spec: Any) -> Any:
        container = start(spec)
        seen.append((served(world), world.hosting.started[0].stopped))
        return container

    world.hosting.start = watched  # type: ignore[method-assign]
    world.finish()
    assert seen == [(["s3://models/model-1.tar.gz"], False)]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (HostingFailed("not healthy"), "not healthy"),
        (RuntimeError("surprise"), "Internal error of the local SageMaker: RuntimeError: surprise"),
    ],
)
def test_a_failed_update_is_in_service_with_the_old_configuration_until_the_next(
    world: World, failure: Exception, reason: str
) -> None:
    world.updating()
    world.hosting.failures.append(failure)
    world.finish()
    answer = world.describe()
    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", "config-1")
    assert answer["FailureReason"] == reason
    assert "PendingDeploymentSummary" not in answer
    assert served(world) == world.hosting.running == ["s3://models/model-1.tar.gz"]
    world.update()
    assert "FailureReason" not in world.describe()
    world.finish()
    assert world.describe()["EndpointConfigName"] == "config-2"


def test_updating_to_the_configuration_in_place_starts_new_containers(world: World) -> None:
    world.in_service()
    world.update("config-1")
    world.finish()
    assert world.describe()["EndpointStatus"] == "InService"
    assert [c.stopped for c in world.hosting.started] == [True, False]


def test_traffic_moves_after_the_canary_and_the_old_fleet_goes_after_the_bake(world: World) -> None:
    world.updating(2, DeploymentConfig=BAKING)
    sleep, seen = world.clock.sleep, []

    def watched(seconds: float) -> None:
        pending = world.describe()["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]
        seen.append((pending["Status"], served(world)[0][-14:-7], len(world.hosting.running)))
        sleep(seconds)

    world.clock.sleep = watched  # type: ignore[method-assign]
    world.finish()
    assert seen == [("Creating", "model-1", 2), ("ActivatingTraffic", "model-1", 2), ("Baking", "model-2", 2)]
    assert world.hosting.running == ["s3://models/model-2.tar.gz"]


def test_a_bug_while_baking_gives_traffic_back_to_the_old_fleet(world: World) -> None:
    world.updating(2, DeploymentConfig=BAKING)
    sleep = world.clock.sleep

    def broken(seconds: float) -> None:
        if seconds == 50:
            raise RuntimeError("surprise")
        sleep(seconds)

    world.clock.sleep = broken  # type: ignore[method-assign]
    world.finish()
    assert world.describe()["EndpointConfigName"] == "config-1"
    assert served(world) == world.hosting.running == ["s3://models/model-1.tar.gz"]


@pytest.mark.parametrize("then_breaks", [False, True])
@pytest.mark.parametrize("stage_seconds", [3, 100, 50])
def test_a_reset_at_any_stage_of_an_update_leaves_nothing_running(
    world: World, stage_seconds: int, then_breaks: bool
) -> None:
    world.updating(2, DeploymentConfig=BAKING)

    def reset_meanwhile(seconds: float) -> None:
        if seconds == stage_seconds:
            world.sagemaker.reset()
            if then_breaks:
                raise RuntimeError("surprise")

    world.clock.sleep = reset_meanwhile  # type: ignore[method-assign]
    world.finish()
    assert len(world.hosting.started) == 2
    assert world.hosting.running == []
    assert world.call("ListEndpoints") == {"Endpoints": []}


def test_a_deployment_config_takes_its_waits_and_can_be_retained(world: World) -> None:
    world.in_service(variant(InitialInstanceCount=2))
    for fields in ({"DeploymentConfig": BAKING}, {"RetainDeploymentConfig": True}):
        world.clock.slept.clear()
        world.update("config-1", **fields)
        world.finish()
        assert world.clock.slept == [3.0, 100.0, 50.0]
        assert world.describe()["LastDeploymentConfig"] == BAKING
    world.update("config-1")
    world.finish()
    assert "LastDeploymentConfig" not in world.describe()


def rescaled(world: World) -> None:
    world.in_service(variant(InitialInstanceCount=1))
    world.rescale({"VariantName": "AllTraffic", "DesiredWeight": 7, "DesiredInstanceCount": 4})
    world.finish()
    world.second_config()


@pytest.mark.parametrize(
    ("retain", "excluded", "weight", "count"),
    [
        (False, [], 1.0, 1),
        (True, [], 7.0, 4),
        (True, ["DesiredWeight"], 1.0, 4),
        (True, ["DesiredInstanceCount"], 7.0, 1),
    ],
)
def test_an_update_retains_weights_and_counts_when_asked(
    world: World, retain: bool, excluded: list[str], weight: float, count: int
) -> None:
    rescaled(world)
    types = [{"VariantPropertyType": name} for name in excluded]
    world.update(RetainAllVariantProperties=retain, ExcludeRetainedVariantProperties=types or None)
    world.finish()
    (shown,) = world.describe()["ProductionVariants"]
    assert (shown["CurrentWeight"], shown["CurrentInstanceCount"]) == (weight, count)


def test_a_variant_that_the_old_configuration_did_not_have_retains_nothing(world: World) -> None:
    rescaled(world)
    world.config("config-3", variant(model="model-2"), variant("New", InitialInstanceCount=2))
    world.update("config-3", RetainAllVariantProperties=True)
    world.finish()
    shown = world.describe()["ProductionVariants"]
    assert [(v["VariantName"], v["CurrentInstanceCount"]) for v in shown] == [("AllTraffic", 4), ("New", 2)]


def test_data_capture_is_retained_unless_excluded(world: World) -> None:
    world.in_service(variant(), DataCaptureConfig=CAPTURE)
    world.second_config()
    world.update(RetainAllVariantProperties=True)
    world.finish()
    assert world.describe()["DataCaptureConfig"]["DestinationS3Uri"] == "s3://captured"
    excluded = [{"VariantPropertyType": "DataCaptureConfig"}]
    world.update(RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=excluded)
    world.finish()
    assert "DataCaptureConfig" not in world.describe()


def test_a_quota_counts_the_new_fleet_beside_the_old() -> None:
    world = World(Settings(instance_limits={"ml.m5.xlarge": 3}))
    world.in_service(variant(InitialInstanceCount=2))
    world.second_config(variant(model="model-2", InitialInstanceCount=2))
    error = world.refusal("UpdateEndpoint", EndpointName="endpoint-1", EndpointConfigName="config-2")
    assert (error.code, error.status) == ("ResourceLimitExceeded", 400)
    assert error.message.startswith(
        "The account-level service limit 'ml.m5.xlarge for endpoint usage' is 3 Instances, with current "
        "utilization of 2 Instances and a request delta of 2 Instances."
    )
    assert world.describe()["EndpointStatus"] == "InService"


def test_a_quota_counts_deployments_under_way_and_other_types_do_not_matter() -> None:
    world = World(Settings(instance_limits={"ml.m5.xlarge": 2}))
    world.model()
    world.config("config-1")
    world.config("other", variant(InstanceType="ml.m5.large", InitialInstanceCount=9))
    world.endpoint("a")
    world.endpoint("b")
    names = {"EndpointName": "c", "EndpointConfigName": "config-1"}
    assert world.refusal("CreateEndpoint", **names).code == "ResourceLimitExceeded"
    world.endpoint("c", "other")
    assert len(world.call("ListEndpoints")["Endpoints"]) == 3


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
