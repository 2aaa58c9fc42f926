"""The wait for InService: when it asks, what it learns, and what it says of a creation that never ends."""

from __future__ import annotations

import json

from slipway_local.sagemaker.faults.orders import Fault
from tests.workflow.interpreter import Execution
from tests.workflow.scenarios import KEY, NAME
from tests.workflow.world import CREATION_SECONDS, World


def tags(world: World, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in world.sagemaker.call("ListTags", {"ResourceArn": arn})["Tags"]}


def describes(world: World, execution: Execution) -> int:
    return sum(call.execution == execution.name and call.state == "DescribeEndpoint" for call in world.calls)


def seconds(execution: Execution) -> float:
    found: float = execution.output["Timings"]["Seconds"]
    return found


def deploy(world: World, weights: str) -> Execution:
    execution = world.deploy(world.upload(KEY, weights))
    assert execution.status == "SUCCEEDED", execution.cause
    world.time.pass_(60)
    return execution


def test_a_deployment_is_noticed_sooner_once_one_has_been_seen(world: World) -> None:
    world.sagemaker.settings.creation_seconds = 500
    first = deploy(world, "first")
    second = deploy(world, "second")
    third = deploy(world, "third")
    assert (first.outcome, second.outcome, third.outcome) == ("Created", "Updated", "Updated")
    assert seconds(third) - 500 < 10
    assert max(describes(world, execution) for execution in (first, second, third)) <= 500 / 30 + 3


def test_what_it_took_is_kept_on_the_endpoint_and_on_its_configuration(world: World) -> None:
    execution = deploy(world, "first")
    config = world.sagemaker.call(
        "DescribeEndpointConfig", {"EndpointConfigName": execution.output["EndpointConfigName"]}
    )
    for arn in (execution.output["EndpointArn"], config["EndpointConfigArn"]):
        assert CREATION_SECONDS <= int(tags(world, arn)["slipway:creation-seconds"]) <= CREATION_SECONDS + 180
    updated = deploy(world, "second")
    kept = tags(world, updated.output["EndpointArn"])
    assert {"slipway:creation-seconds", "slipway:update-seconds"} <= kept.keys()


def test_a_creation_that_never_ends_is_named_and_what_stays_is_listed(world: World) -> None:
    world.sagemaker.faults.order(Fault("StuckCreating", endpoint_name=NAME))
    started = world.time.now()
    execution = world.deploy(world.upload(KEY, "first"))
    assert (execution.status, execution.error) == ("FAILED", "StuckCreating")
    assert world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})["EndpointStatus"] == "Creating"
    explanation = json.loads(execution.cause)
    kept = explanation["Resources"]["Kept"]
    assert [words.split()[0] for words in kept] == ["Endpoint", "EndpointConfig", "Model"]
    for words in kept:
        assert words.split()[1] in explanation["Hint"]
    assert "aws sagemaker delete-endpoint --endpoint-name digits" in explanation["Hint"]
    # An hour until the deadline, and at most another for the removal.
    assert (world.time.now() - started).total_seconds() < 2 * 3600 + 120
    world.sagemaker.clear_faults()


def test_a_creation_that_ends_after_the_deadline_is_removed(world: World) -> None:
    world.sagemaker.settings.creation_seconds = 3600 + 300
    execution = world.deploy(world.upload(KEY, "first"))
    assert execution.status == "FAILED"
    assert json.loads(execution.cause)["Resources"]["Kept"] == []
    world.settle()
    assert not world.sagemaker.call("ListEndpoints", {})["Endpoints"]


def test_a_creation_of_less_than_half_an_hour_is_not_called_stuck(world: World) -> None:
    world.sagemaker.faults.order(Fault("StuckCreating", endpoint_name=NAME))
    world.put(f"models/{NAME}/deployment.json", b'{"DeadlineMinutes": 20}')
    execution = world.deploy(world.upload(KEY, "first"))
    assert execution.outcome == "DeadlineExceeded"
    assert "20 minutes after its change had begun." in json.loads(execution.cause)["Message"]
    world.sagemaker.clear_faults()


def test_an_update_that_ends_after_the_deadline_is_taken_back(world: World) -> None:
    first = deploy(world, "first").output["EndpointConfigName"]
    world.sagemaker.settings.creation_seconds = 3600 + 300
    execution = world.start(world.upload(KEY, "second"))
    world.step_to(execution, "RestorePreviousConfig")
    world.sagemaker.settings.creation_seconds = CREATION_SECONDS
    world.run()

    assert execution.outcome == "DeadlineExceeded"
    assert json.loads(execution.cause)["Resources"]["Restored"] == [f"EndpointConfig {first}"]
    found = world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", first)
    assert set(world.there().configs) == {first}


def test_the_deadline_is_passed_by_less_than_a_minute(world: World) -> None:
    world.sagemaker.settings.creation_seconds = 3 * 3600
    started = world.time.now()
    execution = world.start(world.upload(KEY, "first"))
    world.step_to(execution, "ExplainFailure")
    assert 3600 <= (world.time.now() - started).total_seconds() <= 3660
    world.run()


def test_a_deployment_that_was_taken_over_before_it_was_seen_to_end_is_superseded(world: World) -> None:
    deploy(world, "first")
    execution = world.start(world.upload(KEY, "second"))
    world.step_to(execution, "DescribeEndpoint")
    # During the first wait the update ends, and another caller's begins and ends.
    world.time.pass_(CREATION_SECONDS + 1)
    world.sagemaker.call("UpdateEndpoint", {"EndpointName": NAME, "EndpointConfigName": another_config(world)})
    world.time.pass_(CREATION_SECONDS + 1)
    assert world.time.now() < execution.due
    world.run()
    assert execution.outcome == "Superseded"


def another_config(world: World) -> str:
    name = world.sagemaker.call("ListEndpointConfigs", {})["EndpointConfigs"][0]["EndpointConfigName"]
    variants = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": name})["ProductionVariants"]
    world.sagemaker.call("CreateEndpointConfig", {"EndpointConfigName": "another", "ProductionVariants": variants})
    return "another"


def test_what_serves_in_place_of_the_image_is_a_warning_of_each_outcome(world: World) -> None:
    world.container.stand_in = "slipway.local/sklearn"

    first = deploy(world, "first")
    again = deploy(world, "first")

    assert (first.outcome, again.outcome) == ("Created", "AlreadyDeployed")
    for execution in (first, again):
        (warning,) = execution.output["Warnings"]
        assert warning.startswith("SageMaker serves slipway.local/sklearn@sha256:")
        assert f" in place of {first.output['ImageUri']}: " in warning
