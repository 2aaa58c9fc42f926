"""Ordered faults of deployments."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import PREFIX, START, World, variant

from slipway_local.sagemaker import Fault, SageMakerError
from slipway_local.sagemaker.errors import in_progress
from slipway_local.sagemaker.events import upper_snake
from slipway_local.sagemaker.models import EndpointStatus

ARN = f"{PREFIX}endpoint/endpoint-1"
POOLS = [{"InstanceType": "ml.m5.large", "Priority": 2}, {"InstanceType": "ml.m5.xlarge", "Priority": 1}]


def order(world: World, kind: Any, **fields: Any) -> None:
    world.sagemaker.faults.order(Fault(kind, **fields))


def created(world: World, **fields: Any) -> dict[str, Any]:
    world.create(variant(**fields))
    world.finish()
    return world.describe()


def updated(world: World) -> dict[str, Any]:
    world.updating()
    return world.describe()


def test_without_capacity_an_endpoint_fails_with_awss_reason(world: World) -> None:
    order(world, "NoCapacity")
    answer = created(world)
    assert answer["EndpointStatus"] == "Failed"
    assert answer["FailureReason"].startswith(
        "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error"
    )
    assert world.hosting.started == []


def test_a_failed_ping_names_its_variant(world: World) -> None:
    order(world, "PingFailed")
    answer = created(world)
    assert answer["EndpointStatus"] == "Failed"
    assert answer["FailureReason"] == (
        "The primary container for production variant AllTraffic did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )


@pytest.mark.parametrize("kind", ["NoCapacity", "PingFailed"])
def test_a_hosting_fault_can_have_its_own_message(world: World, kind: str) -> None:
    order(world, kind, message="CapacityError: none left.")
    assert created(world)["FailureReason"] == "CapacityError: none left."


def test_a_hosting_fault_concerns_only_its_endpoint(world: World) -> None:
    order(world, "NoCapacity", endpoint_name="other")
    assert created(world)["EndpointStatus"] == "InService"


def test_instance_pools_are_tried_by_priority(world: World) -> None:
    order(world, "NoCapacity", instance_type="ml.m5.xlarge")
    answer = created(world, InstancePools=POOLS)
    assert answer["EndpointStatus"] == "InService"
    assert answer["ProductionVariants"][0]["InstancePools"] == [
        {"InstanceType": "ml.m5.large", "CurrentInstanceCount": 1},
        {"InstanceType": "ml.m5.xlarge", "CurrentInstanceCount": 0},
    ]


def test_instance_pools_fail_only_when_every_type_is_out(world: World) -> None:
    order(world, "NoCapacity", count=2)
    assert "InsufficientInstanceCapacity" in created(world, InstancePools=POOLS)["FailureReason"]


def test_pools_fall_back_on_capacity_only(world: World) -> None:
    order(world, "PingFailed", instance_type="ml.m5.xlarge")
    assert "ping health check" in created(world, InstancePools=POOLS)["FailureReason"]


def test_a_stuck_endpoint_stays_in_creating_and_refuses_deletion(world: World) -> None:
    order(world, "StuckCreating")
    assert created(world)["EndpointStatus"] == "Creating"
    assert world.sagemaker.stuck() == ["endpoint-1"]
    assert world.refused("DeleteEndpoint", EndpointName="endpoint-1") == in_progress(ARN).message


def test_a_stuck_endpoint_goes_on_when_the_faults_are_cleared(world: World) -> None:
    order(world, "StuckCreating")
    created(world)
    world.sagemaker.clear_faults()
    world.finish()
    assert world.describe()["EndpointStatus"] == "InService"
    assert world.sagemaker.stuck() == []


def test_a_stuck_update_keeps_the_old_container_answering(world: World) -> None:
    order(world, "StuckCreating", skip=1)
    updated(world)
    world.finish()
    assert world.describe()["EndpointStatus"] == "Updating"
    assert world.hosting.running == ["s3://models/model-1.tar.gz"]


def test_a_reset_ends_what_is_stuck(world: World) -> None:
    order(world, "StuckCreating")
    created(world)
    world.sagemaker.reset()
    world.finish()
    assert world.sagemaker.stuck() == []
    assert world.hosting.started == []


def test_a_silent_rollback_is_in_service_again_with_the_old_configuration_and_no_reason(world: World) -> None:
    order(world, "SilentRollback")
    assert updated(world)["PendingDeploymentSummary"]["EndpointConfigName"] == "config-2"
    world.finish()
    answer = world.describe()
    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", "config-1")
    assert "FailureReason" not in answer
    assert "PendingDeploymentSummary" not in answer
    assert answer["LastModifiedTime"] == START.timestamp() + 6, "a rollback takes as long as an update"
    assert world.hosting.running == ["s3://models/model-1.tar.gz"]


def test_a_silent_rollback_waits_for_an_update(world: World) -> None:
    order(world, "SilentRollback")
    assert created(world)["EndpointStatus"] == "InService"
    assert len(world.sagemaker.faults.open()) == 1


@pytest.mark.parametrize(
    ("status", "serves", "busy"),
    [
        ("SystemUpdating", True, True),
        ("RollingBack", True, True),
        ("UpdateRollbackFailed", True, False),
        ("OutOfService", False, False),
    ],
)
def test_statuses_that_only_aws_sets_can_be_forced(
    world: World, status: EndpointStatus, serves: bool, busy: bool
) -> None:
    world.in_service()
    world.sagemaker.force_status("endpoint-1", status)
    assert world.describe()["EndpointStatus"] == status
    assert world.events.statuses()[-1] == upper_snake(status)
    assert bool(world.sagemaker.hosted.serving("endpoint-1")) == serves
    if busy:
        assert world.refused("DeleteEndpoint", EndpointName="endpoint-1") == in_progress(ARN).message
        world.sagemaker.force_status("endpoint-1", "InService")
    world.update("config-1")
    world.finish()
    assert world.describe()["EndpointStatus"] == "InService"
    assert world.sagemaker.hosted.serving("endpoint-1")


def test_forcing_a_status_of_a_missing_endpoint_is_refused(world: World) -> None:
    with pytest.raises(SageMakerError, match="Could not find endpoint"):
        world.sagemaker.force_status("endpoint-1", "OutOfService")
