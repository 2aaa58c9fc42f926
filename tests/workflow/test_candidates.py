"""Deployments whose new version is tested on a candidate before any caller meets it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway_local.sagemaker.faults.orders import Fault
from tests.workflow.faults import FOR_GOOD, Order
from tests.workflow.idle_cleanup import clean_up
from tests.workflow.interpreter import Execution
from tests.workflow.inventory import inventory
from tests.workflow.scenarios import Scenario, Stage
from tests.workflow.test_smoke_tests import NAME, TEST, deployed, deployment, endpoint
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

HOUR = 3600
BEFORE: dict[str, Any] = {"SmokeTest": {**TEST, "Stage": "BeforeTraffic"}}
EXPECTED: dict[str, Any] = {"SmokeTest": {**TEST, "Stage": "BeforeTraffic", "Expect": {"Regex": "^7"}}}


def candidates(world: World) -> list[str]:
    there = inventory(world.sagemaker)
    return [name for name in (*there.endpoints, *there.configs) if "-candidate-" in name]


def update(world: World, weights: str = "second", **fields: Any) -> dict[str, Any]:
    return deployment(world, weights, **{**BEFORE, **fields})


def test_an_update_is_tested_on_a_candidate_that_is_gone_before_the_endpoint_changes(world: World) -> None:
    first = deployed(world, "first")
    execution = world.start(update(world))

    world.step_to(execution, "SmokeTest")
    (candidate,) = inventory(world.sagemaker).endpoints.keys() - {NAME}
    variant = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": candidate})["ProductionVariants"][0]
    assert candidate.startswith(f"{NAME}-candidate-")
    assert variant["InitialInstanceCount"] == 1
    assert endpoint(world)["EndpointConfigName"] == first

    while execution.next_state != "IsEndpointBusy":
        assert endpoint(world)["EndpointStatus"] == "InService"
        before = candidates(world)
        world.step(execution)
    assert before == []

    world.run()
    found = execution.output["SmokeTest"]
    assert (execution.outcome, found["Stage"], found["Verdict"]) == ("Updated", "BeforeTraffic", "Passed")
    assert found["Candidate"]["Seconds"] >= 40
    assert found["Candidate"]["EstimatedCost"] > 0
    assert execution.history.count("SmokeTest") == 1


def test_a_new_endpoint_needs_no_candidate(world: World) -> None:
    execution = world.deploy(update(world, "first"))

    assert (execution.outcome, execution.output["SmokeTest"]["Stage"]) == ("Created", "AfterTraffic")
    assert "CreateCandidate" not in execution.history


def test_a_version_that_answers_wrong_never_serves(world: World) -> None:
    deployed(world, "first")
    before, modified = inventory(world.sagemaker), endpoint(world)["LastModifiedTime"]

    execution = world.deploy(update(world, **EXPECTED))
    world.settle()

    cause = json.loads(execution.cause)
    assert execution.outcome == "SmokeTestFailed"
    assert cause["SmokeTest"]["Samples"][0]["Verdict"] == "Failed"
    assert inventory(world.sagemaker) == before
    assert endpoint(world)["LastModifiedTime"] == modified


def test_a_version_that_does_not_start_never_serves_and_its_own_log_says_why(world: World) -> None:
    deployed(world, "first")
    before, modified = inventory(world.sagemaker), endpoint(world)["LastModifiedTime"]
    execution = world.start(update(world))
    world.step_to(execution, "CreateCandidate")
    world.sagemaker.faults.order(Fault("PingFailed", count=1))
    world.step(execution)
    (candidate,) = inventory(world.sagemaker).endpoints.keys() - {NAME}
    world.services.logs.lines[candidate] = ["the model is upside down"]

    world.run()
    world.settle()

    assert execution.outcome == "ContainerFailedPing"
    assert set(json.loads(execution.cause)["LogTail"]) == {"the model is upside down"}
    assert inventory(world.sagemaker) == before
    assert endpoint(world)["LastModifiedTime"] == modified


def test_a_rollback_is_tested_too(world: World) -> None:
    first, second = deployed(world, "first"), deployed(world, "second")

    execution = world.deploy({"EndpointName": NAME, "EndpointConfigName": first, **EXPECTED})

    assert execution.outcome == "SmokeTestFailed"
    assert endpoint(world)["EndpointConfigName"] == second
    assert candidates(world) == []


def test_a_serverless_candidate_takes_one_invocation_at_a_time(world: World) -> None:
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 2}}
    request = {**deployment(world, "first"), **serverless}
    del request["InstanceType"]
    assert world.deploy(request).status == "SUCCEEDED"
    execution = world.start({**update(world), **serverless, "InstanceType": None})
    execution.input.pop("InstanceType")

    world.step_to(execution, "SmokeTest")

    (candidate,) = inventory(world.sagemaker).endpoints.keys() - {NAME}
    variant = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": candidate})["ProductionVariants"][0]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 1}


def test_deployments_of_one_endpoint_have_one_candidate_at_a_time_and_the_newest_serves(world: World) -> None:
    deployed(world, "first")
    second, third = world.start(update(world, "second")), world.start(update(world, "third"))
    most = 0
    while any(one.status == "RUNNING" for one in (second, third)):
        world.run_for(1)
        most = max(most, len(inventory(world.sagemaker).endpoints) - 1)

    assert most == 1
    assert third.outcome == "Updated"
    assert endpoint(world)["EndpointConfigName"] == third.output["EndpointConfigName"]
    assert candidates(world) == []


@pytest.mark.parametrize("stage", ["AfterTraffic", "BeforeTraffic"])
def test_what_a_stopped_execution_left_goes_with_the_next_one(world: World, stage: str) -> None:
    deployed(world, "first")
    stopped = world.start(update(world))
    world.step_to(stopped, "WaitForCandidate")
    stopped.stop()
    assert len(candidates(world)) == 2
    world.time.pass_(60)

    execution = world.deploy(update(world, "third", SmokeTest={**TEST, "Stage": stage}))
    world.settle()

    assert execution.outcome == "Updated"
    assert candidates(world) == []
    assert any("-candidate-" in name for name in execution.output["Removed"])


def test_a_candidate_that_cannot_be_deleted_is_a_warning(world: World) -> None:
    deployed(world, "first")
    world.orders.append(Order("access denied", "RemoveCandidate", "sagemaker:DeleteEndpoint", count=FOR_GOOD))

    execution = world.deploy(update(world))

    assert execution.outcome == "Updated"
    assert any(f"slipway:candidate-of={NAME}" in warning for warning in execution.output["Warnings"])


def test_idle_cleanup_removes_what_stopped_executions_left_once_no_execution_can_need_it(world: World) -> None:
    deployed(world, "first")
    stopped = world.start(update(world))
    world.step_to(stopped, "WaitForCandidate")
    stopped.stop()
    left = candidates(world)
    world.time.pass_(HOUR)

    report = clean_up(world)
    assert report["Verdicts"]["Candidate"] == 1
    assert candidates(world) == left

    world.time.pass_(HOUR + 60)
    assert clean_up(world, idle_cleanup="DryRun")["WouldRemove"][0].endswith(left[0])
    assert {*left} <= {shown.split()[1] for shown in clean_up(world)["Removed"]}
    world.settle()
    assert candidates(world) == []
    assert clean_up(world)["Warnings"] == []


def test_a_candidate_is_never_idle_and_no_name_alone_makes_one(world: World) -> None:
    deployed(world, "first")
    model = sorted(inventory(world.sagemaker).models)[0]
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    name = f"{NAME}-candidate-0123456789ab"
    theirs = {
        "slipway:stack": "slipway",
        "slipway:candidate-of": NAME,
        "slipway:candidate-until": "2020-01-01T00:00:00Z",
    }
    tags = [{"Key": key, "Value": value} for key, value in theirs.items()]
    world.sagemaker.call(
        "CreateEndpointConfig", {"EndpointConfigName": name, "ProductionVariants": [variant], "Tags": tags}
    )
    world.sagemaker.call("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name, "Tags": tags})
    world.settle()

    clean_up(world)
    assert world.deploy(update(world)).outcome == "Updated"

    assert candidates(world) == [name, name]


def _stopped(world: World, stage: Stage, steps: int) -> Execution:
    execution = world.start(stage.request)
    for _ in range(steps):
        world.step(execution)
    execution.stop()
    world.settle()
    return execution


@pytest.mark.parametrize("expected", [BEFORE, EXPECTED], ids=["passes", "fails"])
def test_no_candidate_is_left_by_an_execution_that_is_stopped_in_any_state(
    new_world: MakeWorld, expected: dict[str, Any]
) -> None:
    def prepared(world: World) -> object:
        deployed(world, "first")
        return update(world, **expected)

    stage = Stage(new_world, Scenario("update on a candidate", prepared, "Updated"))
    history = stage.world().deploy(stage.request).history
    left: dict[str, list[str]] = {}
    had_one = set()
    for state in dict.fromkeys(history):
        steps = history.index(state)
        world = stage.world()
        _stopped(world, stage, steps)
        if candidates(world):
            had_one.add(state)
        world.time.pass_(2 * HOUR + 60)
        clean_up(world)
        world.settle()
        if found := candidates(world):
            left[state] = found

    assert left == {}
    assert {"WaitForCandidate", "SmokeTest", "RemoveCandidate"} <= had_one
