"""Deployments with AutoScaling: registered once the endpoint serves, kept by updates, ended before a deletion."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway_local.sagemaker import Fault
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.faults import FOR_GOOD, Order
from tests.workflow.inventory import inventory
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

NAME = "digits"
RESOURCE = f"endpoint/{NAME}/variant/AllTraffic"
BOUNDS = {"MinCapacity": 2, "MaxCapacity": 6, "TargetInvocationsPerInstance": 600}
REGISTER, PUT = "application-autoscaling:RegisterScalableTarget", "application-autoscaling:PutScalingPolicy"


def deployment(world: World, weights: str, **fields: Any) -> dict[str, Any]:
    """Return the input of a deployment on instances, whose archive is there."""
    world.upload(f"archives/{weights}.tar.gz", weights)
    uri = f"s3://{MODEL_BUCKET}/archives/{weights}.tar.gz"
    return {
        "EndpointName": NAME,
        "ModelDataUrl": uri,
        "Framework": "sklearn",
        "InstanceType": "ml.m5.large",
        **fields,
    }


def deployed(world: World, weights: str, **fields: Any) -> str:
    """Deploy well, and let a minute pass; return the configuration that serves."""
    execution = world.deploy(deployment(world, weights, **fields))
    assert execution.status == "SUCCEEDED", execution.cause
    world.time.pass_(60)
    return str(execution.output["EndpointConfigName"])


def resize(world: World, count: int) -> None:
    """Do what Application Auto Scaling does."""
    change = {"VariantName": "AllTraffic", "DesiredInstanceCount": count}
    world.sagemaker.call(
        "UpdateEndpointWeightsAndCapacities", {"EndpointName": NAME, "DesiredWeightsAndCapacities": [change]}
    )
    world.settle()


def instances(world: World) -> int:
    endpoint = world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})
    return int(endpoint["ProductionVariants"][0]["CurrentInstanceCount"])


def serving(world: World) -> str:
    return str(world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})["EndpointConfigName"])


def bounds(world: World) -> tuple[int, int]:
    target = world.services.scaling.targets[RESOURCE]
    return target["MinCapacity"], target["MaxCapacity"]


def test_an_endpoint_is_scaled_once_it_serves(world: World) -> None:
    execution = world.deploy(deployment(world, "first", AutoScaling=BOUNDS))

    policy = world.services.scaling.policies[RESOURCE]
    assert execution.outcome == "Created"
    assert execution.history.index("ConfigureScaling") > execution.history.index("IsEndpointInService")
    assert (instances(world), bounds(world)) == (2, (2, 6))
    assert policy["PolicyName"] == "slipway-digits"
    assert policy["TargetTrackingScalingPolicyConfiguration"] == {
        "TargetValue": 600,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }


def test_an_endpoint_that_is_not_to_be_scaled_is_not(world: World) -> None:
    deployed(world, "first")

    assert world.services.scaling.targets == {}


@pytest.mark.parametrize("fields", [{}, {"AutoScaling": BOUNDS}], ids=["silent", "again"])
def test_an_update_keeps_the_size_and_the_scaling_of_an_endpoint(world: World, fields: dict[str, Any]) -> None:
    deployed(world, "first", AutoScaling=BOUNDS)
    resize(world, 5)

    execution = world.deploy(deployment(world, "second", **fields))

    assert execution.outcome == "Updated"
    assert (instances(world), bounds(world)) == (5, (2, 6))


@pytest.mark.parametrize(("fields", "count"), [({}, 1), ({"KeepInstanceCount": True}, 5)], ids=["silent", "kept"])
def test_an_endpoint_that_is_not_scaled_gets_the_size_of_its_new_configuration_unless_it_is_kept(
    world: World, fields: dict[str, Any], count: int
) -> None:
    deployed(world, "first")
    resize(world, 5)

    deployed(world, "second", **fields)

    assert instances(world) == count


def test_only_what_is_scaled_again_changes_when_only_the_scaling_is_new(world: World) -> None:
    deployed(world, "first", AutoScaling=BOUNDS)
    before = inventory(world.sagemaker)

    execution = world.deploy(deployment(world, "first", AutoScaling=BOUNDS | {"MaxCapacity": 9}))

    assert execution.outcome == "AlreadyDeployed"
    assert bounds(world) == (2, 9)
    assert inventory(world.sagemaker) == before


def test_an_endpoint_wakes_with_its_scaling(world: World) -> None:
    config = deployed(world, "first")
    world.sagemaker.call("DeleteEndpoint", {"EndpointName": NAME})
    world.settle()

    execution = world.deploy({"EndpointName": NAME, "EndpointConfigName": config, "AutoScaling": BOUNDS})

    assert (execution.outcome, bounds(world)) == ("Redeployed", (2, 6))


@pytest.mark.parametrize("operation", [REGISTER, PUT])
def test_a_new_endpoint_that_cannot_be_scaled_is_removed_and_its_scaling_with_it(world: World, operation: str) -> None:
    world.orders.append(Order("access denied", "ConfigureScaling", operation, count=FOR_GOOD))

    execution = world.deploy(deployment(world, "first", AutoScaling=BOUNDS))
    world.settle()

    cause = json.loads(execution.cause)
    assert execution.outcome == cause["Error"] == "ScalingFailed"
    assert "AccessDenied" in cause["Message"]
    assert "deploy the same again" in cause["Hint"]
    assert inventory(world.sagemaker).names() == set()
    assert world.services.scaling.targets == {}


@pytest.mark.parametrize("operation", [REGISTER, PUT])
def test_an_update_that_cannot_be_scaled_fails_by_name_and_serves_on(world: World, operation: str) -> None:
    first = deployed(world, "first")
    world.orders.append(Order("access denied", "ConfigureScaling", operation, count=FOR_GOOD))

    execution = world.deploy(deployment(world, "second", AutoScaling=BOUNDS))
    world.settle()

    assert execution.outcome == "ScalingFailed"
    assert serving(world) != first
    assert f"EndpointConfig {serving(world)}" in json.loads(execution.cause)["Resources"]["Kept"]
    assert inventory(world.sagemaker).endpoints[NAME][0] == "InService"


def test_what_could_not_be_scaled_is_scaled_by_the_same_input_again(world: World) -> None:
    deployed(world, "first")
    world.orders.append(Order("access denied", "ConfigureScaling", PUT, count=FOR_GOOD))
    world.deploy(deployment(world, "second", AutoScaling=BOUNDS))
    world.orders.clear()

    execution = world.deploy(deployment(world, "second", AutoScaling=BOUNDS))

    assert execution.outcome == "AlreadyDeployed"
    assert world.services.scaling.policies[RESOURCE]["PolicyName"] == "slipway-digits"


def test_a_failed_endpoint_in_the_way_passes_no_scaling_on(world: World) -> None:
    deployed(world, "first", AutoScaling=BOUNDS)
    world.sagemaker.force_status(NAME, "Failed")

    execution = world.deploy(deployment(world, "second"))

    assert execution.outcome == "Created"
    assert world.services.scaling.targets == {}


def test_a_smoke_test_that_fails_leaves_size_and_scaling_as_they_were(world: World) -> None:
    sample = {"PayloadUrl": f"s3://{MODEL_BUCKET}/sample.csv", "ContentType": "text/csv", "Stage": "AfterTraffic"}
    world.put("sample.csv", b"1,2,3")
    first = deployed(world, "first", AutoScaling=BOUNDS)
    resize(world, 5)
    other = BOUNDS | {"MaxCapacity": 9}
    execution = world.start(deployment(world, "second", AutoScaling=other, SmokeTest=sample))
    world.step_to(execution, "SmokeTest")
    world.orders.append(Order("access denied", "SmokeTest", "sagemaker-runtime:InvokeEndpoint", count=FOR_GOOD))

    world.run()
    world.settle()

    assert execution.outcome not in ("Updated", "Created")
    assert (serving(world), instances(world), bounds(world)) == (first, 5, (2, 6))


def test_a_deployment_that_fails_before_it_serves_scales_nothing(world: World) -> None:
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))

    execution = world.deploy(deployment(world, "first", AutoScaling=BOUNDS))

    assert execution.outcome == "ContainerFailedPing"
    assert "ConfigureScaling" not in execution.history
    assert world.services.scaling.targets == {}


def test_what_a_redeployed_configuration_cannot_scale_is_refused_before_anything_is_done(world: World) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    request = deployment(world, "first", ServerlessConfig=serverless)
    del request["InstanceType"]
    config = world.deploy(request).output["EndpointConfigName"]
    before = inventory(world.sagemaker)

    execution = world.deploy({"EndpointName": NAME, "EndpointConfigName": config, "AutoScaling": BOUNDS})

    assert execution.outcome == "FieldsConflict"
    assert "which has no variant on instances, and AutoScaling does not fit" in json.loads(execution.cause)["Message"]
    assert inventory(world.sagemaker) == before


def calls_of(world: World, *operations: str) -> list[str]:
    """Return the calls of these operations, in order."""
    return [call.operation for call in world.calls if call.operation in operations]


def tags_of(world: World) -> dict[str, str]:
    endpoint = world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})
    tags = world.sagemaker.call("ListTags", {"ResourceArn": endpoint["EndpointArn"]})["Tags"]
    return {tag["Key"]: tag["Value"] for tag in tags}


ORDER = ("DeregisterScalableTarget", "UpdateEndpoint", "RegisterScalableTarget")


def test_a_scaled_endpoint_gets_another_instance_type(world: World) -> None:
    deployed(world, "first", AutoScaling=BOUNDS)
    resize(world, 5)
    world.calls.clear()

    execution = world.deploy(deployment(world, "second", InstanceType="ml.m5.xlarge"))

    assert execution.outcome == "Updated"
    assert calls_of(world, *ORDER) == list(ORDER)
    assert (instances(world), bounds(world)) == (5, (2, 6))
    assert world.services.scaling.policies[RESOURCE]["PolicyName"] == "slipway-digits"


def test_an_update_of_a_scaled_endpoint_that_fails_leaves_its_scaling(world: World) -> None:
    first = deployed(world, "first", AutoScaling=BOUNDS)
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))

    execution = world.deploy(deployment(world, "second", InstanceType="ml.m5.xlarge"))
    world.settle()

    assert execution.outcome == "ContainerFailedPing"
    assert (serving(world), bounds(world)) == (first, (2, 6))
    assert json.loads(execution.cause)["Resources"]["Restored"] == [f"AutoScaling of {RESOURCE}"]


def test_scaling_that_cannot_be_restored_after_a_failure_is_named(world: World) -> None:
    deployed(world, "first", AutoScaling=BOUNDS)
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))
    world.orders.append(Order("access denied", "ConfigureScaling", REGISTER, count=FOR_GOOD))

    execution = world.deploy(deployment(world, "second", InstanceType="ml.m5.xlarge"))

    assert execution.outcome == "ContainerFailedPing"
    (warning,) = json.loads(execution.cause)["Warnings"]
    assert warning.startswith(f"The endpoint {NAME} is no longer scaled, because its scaling could not be set up again")


def test_a_function_killed_after_it_ended_the_scaling_sets_it_up_again(world: World) -> None:
    deployed(world, "first", AutoScaling=BOUNDS)
    world.orders.append(Order("killed after", "CreateEndpoint", "application-autoscaling:DeregisterScalableTarget"))

    execution = world.deploy(deployment(world, "second", InstanceType="ml.m5.xlarge"))

    assert (execution.outcome, bounds(world)) == ("Updated", (2, 6))


@pytest.mark.parametrize(("weights", "outcome"), [("first", "AlreadyDeployed"), ("second", "Updated")])
def test_an_empty_auto_scaling_takes_scaling_off(world: World, weights: str, outcome: str) -> None:
    deployed(world, "first", AutoScaling=BOUNDS, InitialInstanceCount=2)

    execution = world.deploy(deployment(world, weights, AutoScaling={}, InitialInstanceCount=2))

    assert execution.outcome == outcome
    assert world.services.scaling.targets == {}
    assert tags_of(world)["slipway:auto-scaling"] == "none"


def test_scaling_that_slipway_did_not_set_up_is_not_ended(world: World) -> None:
    deployed(world, "first")
    world.services.scaling.targets[RESOURCE] = {"ResourceId": RESOURCE, "MinCapacity": 1, "MaxCapacity": 9}

    execution = world.deploy(deployment(world, "second", InstanceType="ml.m5.xlarge"))

    assert execution.outcome == "ScalingNotOurs"
    assert bounds(world) == (1, 9)


def test_after_a_failed_scaling_tags_and_versions_say_what_serves(world: World) -> None:
    first = deployed(world, "first")
    world.orders.append(Order("access denied", "ConfigureScaling", REGISTER, count=FOR_GOOD))

    world.deploy(deployment(world, "second", AutoScaling=BOUNDS))
    world.settle()

    config = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": serving(world)})
    version = world.sagemaker.call("ListTags", {"ResourceArn": config["EndpointConfigArn"]})["Tags"]
    assert serving(world) != first
    assert tags_of(world)["slipway:endpoint-config"] == serving(world)
    assert tags_of(world)["slipway:artifact"].startswith(f"s3://{MODEL_BUCKET}/archives/second.tar.gz")
    assert "slipway:auto-scaling" not in tags_of(world)
    assert "slipway:in-service-at" in {tag["Key"] for tag in version}


def test_the_first_scaled_deployment_of_an_account_waits_for_the_service_linked_role(world: World) -> None:
    world.services.scaling.role_is_new_for(3)

    execution = world.deploy(deployment(world, "first", AutoScaling=BOUNDS))

    assert (execution.outcome, bounds(world)) == ("Created", (2, 6))


@pytest.mark.parametrize("seconds", [1, 5, 30, 45])
def test_the_newest_sets_up_the_scaling_that_a_superseded_one_ended(new_world: MakeWorld, seconds: int) -> None:
    world = new_world(seed=seconds)
    world.deploy(deployment(world, "v0", AutoScaling=BOUNDS))
    before = world.there().scaled
    world.time.pass_(60)
    older = world.start(
        deployment(world, "v1", InstanceType="ml.m5.xlarge")
    )  # another instance type: AWS refuses it of a scaled endpoint
    world.run_for(seconds)

    newest = world.start(deployment(world, "v2"))
    world.run()
    world.settle()

    assert (older.outcome, newest.outcome) in {("Superseded", "Updated"), ("Updated", "Updated")}
    assert world.there().scaled == before
    assert len(before) == 1


QUEUED = {"OutputConfig": {"S3OutputPath": f"s3://{MODEL_BUCKET}/inference/"}}
TO_ZERO = {"MinCapacity": 0, "MaxCapacity": 4, "TargetBacklogPerInstance": 5}


def test_an_asynchronous_endpoint_is_scaled_to_zero_and_its_alarm_goes_when_scaling_is_taken_off(world: World) -> None:
    request = deployment(world, "first", AsyncInferenceConfig=QUEUED, AutoScaling=TO_ZERO)

    assert world.deploy(request).outcome == "Created"
    assert bounds(world) == (0, 4)
    assert set(world.services.idle.alarms) == {f"slipway/{NAME}/AllTraffic/HasBacklogWithoutCapacity"}
    assert tags_of(world)["slipway:auto-scaling"] == "0/4/backlog5"
    assert instances(world) == 1

    world.time.pass_(60)
    assert world.deploy({**request, "AutoScaling": {}}).outcome == "AlreadyDeployed"
    assert (world.services.scaling.targets, world.services.idle.alarms) == ({}, {})


def test_each_variant_is_scaled_by_its_own(world: World) -> None:
    uris = {name: deployment(world, name)["ModelDataUrl"] for name in ("A", "B")}
    variants = [{"VariantName": name, "ModelDataUrl": uri} for name, uri in uris.items()]
    variants[1]["AutoScaling"] = {"MinCapacity": 3, "MaxCapacity": 3}
    request = deployment(world, "A", AutoScaling=BOUNDS, ProductionVariants=variants)
    del request["ModelDataUrl"]

    assert world.deploy(request).outcome == "Created"
    targets = world.services.scaling.targets
    found = {resource[-1]: (target["MinCapacity"], target["MaxCapacity"]) for resource, target in targets.items()}
    assert found == {"A": (2, 6), "B": (3, 3)}
    assert tags_of(world)["slipway:auto-scaling"] == "A=2/6/600 + B=3/3/"

    world.time.pass_(60)
    config = serving(world)
    off = {"EndpointName": NAME, "EndpointConfigName": config, "AutoScaling": {}}
    assert world.deploy(off).outcome == "AlreadyDeployed"
    assert targets == {}
