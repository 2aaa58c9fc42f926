"""AWS's ranges and exclusions of DeploymentConfig."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.slipway_local.sagemaker.world import World, variant

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.validation.deployment_config import check_deployment_config, shifting_seconds

FOUR = [variant(InitialInstanceCount=4)]
SERVERLESS = variant(ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1})


def size(value: int, kind: str = "INSTANCE_COUNT") -> dict[str, Any]:
    return {"Type": kind, "Value": value}


def blue_green(kind: str = "ALL_AT_ONCE", wait: int = 60, **fields: Any) -> dict[str, Any]:
    steps = {name: fields.pop(name) for name in ("CanarySize", "LinearStepSize") if name in fields}
    routing = {"Type": kind, "WaitIntervalInSeconds": wait} | steps
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing} | fields}


def rolling(batch: dict[str, Any], wait: int = 60, **fields: Any) -> dict[str, Any]:
    return {"RollingUpdatePolicy": {"MaximumBatchSize": batch, "WaitIntervalInSeconds": wait} | fields}


def refusal(config: dict[str, Any], new: list[dict[str, Any]], old: list[dict[str, Any]] | None = None) -> str:
    with pytest.raises(SageMakerError) as caught:
        check_deployment_config(config, new, old)
    assert caught.value.code == "ValidationException"
    return caught.value.message


@pytest.mark.parametrize(
    ("config", "seconds"),
    [
        (blue_green(), (0.0, 0.0)),
        (blue_green(TerminationWaitInSeconds=30), (0.0, 30.0)),
        (blue_green("CANARY", CanarySize=size(2)), (60.0, 0.0)),
        (blue_green("CANARY", CanarySize=size(25, "CAPACITY_PERCENT")), (60.0, 0.0)),
        (blue_green("LINEAR", LinearStepSize=size(1)), (180.0, 0.0)),
        (blue_green("LINEAR", LinearStepSize=size(30, "CAPACITY_PERCENT")), (180.0, 0.0)),
        (rolling(size(1)), (240.0, 0.0)),
        (rolling(size(50, "CAPACITY_PERCENT")), (120.0, 0.0)),
        ({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}}, (0.0, 0.0)),
        (None, (0.0, 0.0)),
    ],
)
def test_an_allowed_configuration_takes_its_waits(config: dict[str, Any] | None, seconds: tuple[float, float]) -> None:
    check_deployment_config(config or {}, FOUR, FOUR)
    assert shifting_seconds(config, FOUR) == seconds


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (blue_green() | rolling(size(1)), "not both"),
        (blue_green("CANARY"), "of type CANARY needs CanarySize"),
        (blue_green(CanarySize=size(1)), "of type ALL_AT_ONCE cannot have CanarySize"),
        (blue_green("CANARY", CanarySize=size(1), LinearStepSize=size(1)), "of type CANARY cannot have LinearStepSize"),
        (
            blue_green("CANARY", CanarySize=size(3)),
            "CanarySize must be between 0% and 50% of the variant's total instance count; it is 75% of",
        ),
        (rolling(size(3)), "MaximumBatchSize must be between 5% and 50%"),
        (
            blue_green(TerminationWaitInSeconds=600, MaximumExecutionTimeoutInSeconds=600),
            "MaximumExecutionTimeoutInSeconds (600) must exceed the sum of the waits (600)",
        ),
        (rolling(size(1), wait=200, MaximumExecutionTimeoutInSeconds=700), "the sum of the waits (800)"),
    ],
)
def test_an_invalid_deployment_config_is_refused(config: dict[str, Any], said: str) -> None:
    assert said in refusal(config, FOUR)


@pytest.mark.parametrize(
    ("config", "fleet", "said"),
    [
        (blue_green(), [variant("New")], "variant names of both endpoint configurations must match"),
        (rolling(size(1)), [SERVERLESS], "not supported for serverless or multi-variant"),
        (rolling(size(1)), [variant("A"), variant("B")], "not supported for serverless or multi-variant"),
        (blue_green("LINEAR", LinearStepSize=size(1)), [variant(InitialInstanceCount=20)], "it is 5% of"),
    ],
)
def test_a_fleet_that_the_policy_excludes_is_refused(
    config: dict[str, Any], fleet: list[dict[str, Any]], said: str
) -> None:
    assert said in refusal(config, fleet, FOUR if fleet[0]["VariantName"] == "New" else None)


def test_a_policy_is_ignored_for_inf1_instances(world: World) -> None:
    """DG "Deployment guardrails", exclusions: all at once, without baking."""
    world.in_service(variant(InstanceType="ml.inf1.xlarge"))
    world.second_config(variant(model="model-2", InstanceType="ml.inf1.xlarge"))
    world.alarms.ringing.add("errors")
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}

    world.update(DeploymentConfig=blue_green("CANARY", wait=3600, CanarySize=size(1)) | alarms)
    world.finish()

    assert world.describe()["EndpointConfigName"] == "config-2"
    assert sum(world.clock.slept) < 3600


def test_a_serverless_canary_is_checked_by_its_percent() -> None:
    check_deployment_config(blue_green("CANARY", CanarySize=size(50, "CAPACITY_PERCENT")), [SERVERLESS], None)
    too_big = blue_green("CANARY", CanarySize=size(51, "CAPACITY_PERCENT"))
    assert "it is 51% of" in refusal(too_big, [SERVERLESS])


@given(value=st.integers(1, 120), count=st.integers(1, 60))
def test_a_canary_by_count_is_allowed_exactly_up_to_half_of_the_fleet(value: int, count: int) -> None:
    config = blue_green("CANARY", CanarySize=size(value))
    fleet = [variant(InitialInstanceCount=count)]
    if value * 2 <= count:
        check_deployment_config(config, fleet, fleet)
    else:
        assert "CanarySize must be" in refusal(config, fleet)


def test_the_ranges_of_the_api_model_come_first(world: World) -> None:
    world.in_service()
    message = world.refused(
        "UpdateEndpoint",
        EndpointName="endpoint-1",
        EndpointConfigName="config-1",
        DeploymentConfig=blue_green(wait=3601, MaximumExecutionTimeoutInSeconds=599),
    )
    path = "deploymentConfig.blueGreenUpdatePolicy"
    assert message.startswith("2 validation errors detected: ")
    assert f"'3601' at '{path}.trafficRoutingConfiguration.waitIntervalInSeconds'" in message
    assert f"'599' at '{path}.maximumExecutionTimeoutInSeconds'" in message


def test_a_refused_update_leaves_the_endpoint_as_it_was(world: World) -> None:
    world.in_service()
    before = world.describe()
    canary = blue_green("CANARY", CanarySize=size(1))
    world.refused("UpdateEndpoint", EndpointName="endpoint-1", EndpointConfigName="config-1", DeploymentConfig=canary)
    assert world.describe() == before
    assert not world.jobs


def test_a_creation_can_have_a_deployment_config_too(world: World) -> None:
    world.model()
    world.config()
    names = {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"}
    canary = blue_green("CANARY", CanarySize=size(1))
    assert "CanarySize" in world.refused("CreateEndpoint", **names, DeploymentConfig=canary)
    world.call("CreateEndpoint", **names, DeploymentConfig=blue_green())
    world.finish()
    assert world.describe()["LastDeploymentConfig"] == blue_green()
