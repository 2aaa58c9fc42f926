"""Smoke tests of what callers use: what passes is called deployed, what does not leaves what served before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway_local.ports import Answer, Invocation
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.inventory import inventory
from tests.workflow.surroundings import FAILING_SAMPLE, Container
from tests.workflow.world import World

NAME, SAMPLE = "digits", "samples/digit.csv"
TEST = {"PayloadUrl": f"s3://{MODEL_BUCKET}/{SAMPLE}", "ContentType": "text/csv"}
AFTER = {**TEST, "Stage": "AfterTraffic"}


def deployment(world: World, weights: str, **fields: Any) -> dict[str, Any]:
    """Return the input of a deployment with a smoke test, whose archive and sample are there."""
    world.upload(f"archives/{weights}.tar.gz", weights)
    world.put(SAMPLE, b"0,5,13")
    uri = f"s3://{MODEL_BUCKET}/archives/{weights}.tar.gz"
    about = {"EndpointName": NAME, "ModelDataUrl": uri, "Framework": "sklearn", "InstanceType": "ml.m5.large"}
    return {**about, "SmokeTest": AFTER, **fields}


def deployed(world: World, weights: str) -> str:
    """Deploy well, and let a minute pass; return the configuration that serves."""
    execution = world.deploy(deployment(world, weights))
    assert execution.status == "SUCCEEDED", execution.cause
    world.time.pass_(60)
    return str(execution.output["EndpointConfigName"])


def endpoint(world: World) -> dict[str, Any]:
    return world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})


def restorations(world: World) -> int:
    """Return how often a previous configuration was put back."""
    calls = [(call.state, call.operation) for call in world.accepted]
    return calls.count(("RestorePreviousConfig", "UpdateEndpoint"))


def failing_test(world: World) -> dict[str, Any]:
    """Put a sample that the model answers otherwise; return the SmokeTest, after the traffic, that has it."""
    world.put("samples/wrong.csv", FAILING_SAMPLE)
    return {**AFTER, "PayloadUrl": f"s3://{MODEL_BUCKET}/samples/wrong.csv"}


@pytest.fixture
def models_fail(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let every container answer invocations with 500; undoing it lets them answer again."""

    def fail(self: Container, invocation: Invocation) -> Answer:
        return Answer(500, b'{"error": "upside down"}', "application/json")

    monkeypatch.setattr(Container, "invoke", fail)
    return monkeypatch


def test_a_deployment_that_passes_says_what_the_endpoint_answered(world: World) -> None:
    execution = world.deploy(deployment(world, "first"))

    found = execution.output["SmokeTest"]
    (line,) = found["Samples"]
    assert (execution.outcome, found["Verdict"]) == ("Created", "Passed")
    assert (line["Sample"], line["Status"], line["Body"]) == ("digit.csv", 200, "0,5,13")
    assert line["ContentType"] == "text/csv"


def test_a_deployment_without_a_smoke_test_invokes_nothing(world: World) -> None:
    request = deployment(world, "first")
    del request["SmokeTest"]

    execution = world.deploy(request)

    assert execution.output["SmokeTest"] is None
    assert "SmokeTest" not in execution.history


def test_the_same_again_is_tested_again_and_changes_nothing(world: World) -> None:
    deployed(world, "first")
    before = inventory(world.sagemaker)

    execution = world.deploy(deployment(world, "first"))

    assert (execution.outcome, execution.output["SmokeTest"]["Verdict"]) == ("AlreadyDeployed", "Passed")
    assert inventory(world.sagemaker) == before


@pytest.mark.usefixtures("models_fail")
def test_a_new_endpoint_that_fails_leaves_nothing(world: World) -> None:
    execution = world.deploy(deployment(world, "first"))

    cause = json.loads(execution.cause)
    assert execution.outcome == cause["Error"] == "SmokeTestFailed"
    assert '500: {"error": "upside down"}' in cause["Message"]
    assert inventory(world.sagemaker).names() == set()


def test_an_update_that_fails_puts_the_previous_configuration_back(
    world: World, models_fail: pytest.MonkeyPatch
) -> None:
    models_fail.undo()
    first = deployed(world, "first")
    before, created = inventory(world.sagemaker), endpoint(world)["CreationTime"]
    execution = world.start(deployment(world, "second"))
    world.step_to(execution, "SmokeTest")
    assert endpoint(world)["EndpointConfigName"] != first

    models_fail.setattr(Container, "invoke", lambda self, invocation: Answer(500, b"", "text/plain"))
    world.run()
    world.settle()

    assert execution.outcome == "SmokeTestFailed"
    assert json.loads(execution.cause)["Resources"]["Restored"] == [f"EndpointConfig {first}"]
    assert inventory(world.sagemaker) == before
    assert (endpoint(world)["EndpointStatus"], endpoint(world)["CreationTime"]) == ("InService", created)


def test_a_redeployment_that_fails_puts_back_what_served_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = deployed(world, "first"), deployed(world, "second")
    before = inventory(world.sagemaker)
    monkeypatch.setattr(Container, "invoke", lambda self, invocation: Answer(400, b"no", "text/plain"))

    execution = world.deploy({"EndpointName": NAME, "EndpointConfigName": first, "SmokeTest": AFTER})

    assert execution.outcome == "SmokeTestFailed"
    assert endpoint(world)["EndpointConfigName"] == second
    assert inventory(world.sagemaker) == before


def test_an_endpoint_that_wakes_and_fails_is_put_to_sleep_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    config = deployed(world, "first")
    world.sagemaker.call("DeleteEndpoint", {"EndpointName": NAME})
    world.settle()
    before = inventory(world.sagemaker)
    monkeypatch.setattr(Container, "invoke", lambda self, invocation: Answer(500, b"no", "text/plain"))

    execution = world.deploy({"EndpointName": NAME, "EndpointConfigName": config, "SmokeTest": TEST})
    world.settle()

    assert execution.outcome == "SmokeTestFailed"
    assert inventory(world.sagemaker) == before


def test_a_newer_deployment_that_took_over_is_not_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(world, "first")
    failing = world.start(deployment(world, "second"))
    world.step_to(failing, "SmokeTest")
    newer = world.start(deployment(world, "third"))
    world.step_to(newer, "WaitForEndpoint")
    monkeypatch.setattr(Container, "invoke", lambda self, invocation: Answer(500, b"no", "text/plain"))
    world.step_to(failing, "ExplainFailure")
    monkeypatch.undo()

    world.run()

    assert (failing.outcome, newer.outcome) == ("SmokeTestFailed", "Updated")
    assert restorations(world) == 0
    assert endpoint(world)["EndpointConfigName"] == newer.output["EndpointConfigName"]
    assert len(inventory(world.sagemaker).configs) == 2


def test_two_deployments_that_fail_one_on_the_other_go_back_to_the_last_that_passed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = deployed(world, "first")
    before = inventory(world.sagemaker)
    second = world.start(deployment(world, "second"))
    world.step_to(second, "SmokeTest")
    third = world.start(deployment(world, "third"))
    world.step_to(third, "WaitForEndpoint")
    monkeypatch.setattr(Container, "invoke", lambda self, invocation: Answer(500, b"no", "text/plain"))

    world.run()
    world.settle()

    assert (second.outcome, third.outcome) == ("SmokeTestFailed", "SmokeTestFailed")
    assert endpoint(world)["EndpointConfigName"] == first
    assert inventory(world.sagemaker) == before


def test_what_cannot_be_put_back_stays_and_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = deployed(world, "first")
    execution = world.start(deployment(world, "second"))
    world.step_to(execution, "SmokeTest")
    unproven = endpoint(world)["EndpointConfigName"]
    world.sagemaker.call("DeleteEndpointConfig", {"EndpointConfigName": first})
    monkeypatch.setattr(Container, "invoke", lambda self, invocation: Answer(500, b"no", "text/plain"))

    world.run()

    resources = json.loads(execution.cause)["Resources"]
    assert execution.outcome == "SmokeTestFailed"
    assert f"EndpointConfig {unproven}" in resources["Kept"]
    assert "Restored" not in resources
    assert endpoint(world)["EndpointStatus"] == "InService"


def test_an_answer_that_is_not_as_expected_fails_with_a_table_of_the_samples(world: World) -> None:
    wrong = {**TEST, "Name": "wrong", "Expect": {"Regex": "^7"}}

    execution = world.deploy(deployment(world, "first", SmokeTest={"Samples": [TEST, wrong]}))

    cause = json.loads(execution.cause)
    assert execution.outcome == "SmokeTestFailed"
    assert 'wrong: the answer has no match of "^7"' in cause["Message"]
    verdicts = [(line["Sample"], line["Status"], line["Verdict"]) for line in cause["SmokeTest"]["Samples"]]
    assert verdicts == [("digit.csv", 200, "Passed"), ("wrong", 200, "Failed")]
    assert inventory(world.sagemaker).names() == set()


def test_a_payload_that_is_not_there_is_refused_before_anything_is_made(world: World) -> None:
    missing = {**TEST, "PayloadUrl": f"s3://{MODEL_BUCKET}/samples/none.csv"}

    execution = world.deploy(deployment(world, "first", SmokeTest=missing))

    assert execution.outcome == "PayloadNotFound"
    assert world.created == []


def test_a_failed_test_leaves_what_a_newer_deployment_of_the_same_content_has_announced(world: World) -> None:
    deployed(world, "first")
    wrong = failing_test(world)
    failed = world.start(deployment(world, "second", SmokeTest=wrong))
    world.run_for(10)
    newer = world.start({name: value for name, value in deployment(world, "second").items() if name != "SmokeTest"})
    world.run()

    assert (failed.outcome, newer.outcome) == ("SmokeTestFailed", "AlreadyDeployed")
    assert endpoint(world)["EndpointConfigName"] == newer.output["EndpointConfigName"]


def test_a_failed_test_restores_where_a_newer_deployment_of_the_same_content_ends_without_success(world: World) -> None:
    first = deployed(world, "first")
    wrong = failing_test(world)
    failed = world.start(deployment(world, "second", SmokeTest=wrong))
    world.step_to(failed, "SmokeTest")
    newer = world.start(deployment(world, "second"))
    world.step_to(newer, "SmokeTest")
    world.step_to(failed, "WaitForPreviousConfig")
    assert restorations(world) == 0  # the newer one runs, and may rely on it
    newer.stop()
    world.run()

    assert failed.outcome == "SmokeTestFailed"
    assert endpoint(world)["EndpointConfigName"] == first


def test_a_restoration_is_not_repeated_over_a_newer_deployment_of_the_same_content(world: World) -> None:
    deployed(world, "first")
    wrong = failing_test(world)
    failed = world.start(deployment(world, "second", SmokeTest=wrong))
    world.step_to(failed, "WaitForPreviousConfig")
    world.settle()
    newer = world.start({name: value for name, value in deployment(world, "second").items() if name != "SmokeTest"})
    while newer.status == "RUNNING":
        world.step(newer)
    world.run()

    assert (failed.outcome, newer.outcome) == ("SmokeTestFailed", "Updated")
    assert restorations(world) == 1
    assert endpoint(world)["EndpointConfigName"] == newer.output["EndpointConfigName"]


def test_a_stopped_deployment_that_is_started_again_and_fails_puts_the_previous_configuration_back(
    world: World,
) -> None:
    first = deployed(world, "first")
    wrong = failing_test(world)
    stopped = world.start(deployment(world, "second", SmokeTest=wrong))
    world.step_to(stopped, "SmokeTest")
    stopped.stop()

    again = world.deploy(deployment(world, "second", SmokeTest=wrong))
    world.settle()

    assert again.outcome == "SmokeTestFailed"
    assert endpoint(world)["EndpointConfigName"] == first


@pytest.mark.parametrize("content", ["second", "third"])
def test_a_newer_deployment_that_puts_the_previous_configuration_back_supersedes_an_older_one(
    world: World, content: str
) -> None:
    first = deployed(world, "first")
    wrong = failing_test(world)
    older = world.start({name: value for name, value in deployment(world, "second").items() if name != "SmokeTest"})
    world.run_for(10)
    newer = world.start(deployment(world, content, SmokeTest=wrong))
    world.run()

    # Of the same version this is between two polls of the older one, which never sees its version in service.
    assert (older.outcome, newer.outcome) == ("Superseded", "SmokeTestFailed")
    assert endpoint(world)["EndpointConfigName"] == first
