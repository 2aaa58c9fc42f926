"""Inference components through the workflow: created, one updated without the others, deleted, removed on failure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflow.deployed_stack import ACCOUNT, REGION
from tests.workflow.fault_matrix import LIGHT, PERSISTENT, SINGLE, Column, matrix, table
from tests.workflow.interpreter import Execution
from tests.workflow.scenarios import COMPONENTS, NAME, UPDATED_COMPONENTS, Scenario, Stage, components_of
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld


def deployed(world: World, **weights: str) -> Execution:
    """Deploy components of these archives well, and let a minute pass."""
    execution = world.deploy(components_of(world, **weights))
    assert execution.status == "SUCCEEDED", execution.cause
    world.time.pass_(60)
    return execution


def calls(world: World, execution: Execution) -> list[tuple[str, str]]:
    """Return what an execution called for to change components, in order."""
    found = [call for call in world.accepted if call.execution == execution.name]
    return [(one.state, one.operation) for one in found if "InferenceComponent" in one.operation and _changes(one)]


def _changes(call: Any) -> bool:
    return not call.operation.startswith(("Describe", "List"))


def copies_of(world: World, name: str) -> int:
    found = world.sagemaker.call("DescribeInferenceComponent", {"InferenceComponentName": name})
    return int(found["RuntimeConfig"]["DesiredCopyCount"])


def test_components_are_created_on_an_endpoint_without_a_model(world: World) -> None:
    execution = deployed(world, churn="first", prices="first")

    assert execution.outcome == "Created"
    assert [(one["InferenceComponentName"], one["Action"]) for one in execution.output["InferenceComponents"]] == [
        ("churn", "Created"),
        ("prices", "Created"),
    ]
    there = world.there()
    assert {name: about[1] for name, about in there.components.items()} == {"churn": "InService", "prices": "InService"}
    assert list(there.configs.values()) == [frozenset()]
    assert there.archives() == there.models == {about[2] for about in there.components.values()}


def test_the_same_components_again_change_nothing(world: World) -> None:
    deployed(world, churn="first", prices="first")
    before = world.there()

    execution = deployed(world, churn="first", prices="first")

    assert (execution.outcome, calls(world, execution), world.there()) == ("AlreadyDeployed", [], before)


def test_one_component_is_updated_and_its_model_of_before_removed(world: World) -> None:
    first = deployed(world, churn="first", prices="first")
    before = world.there().components

    execution = deployed(world, churn="second", prices="first")

    assert (execution.outcome, calls(world, execution)) == (
        "Updated",
        [("DeployComponents", "UpdateInferenceComponent")],
    )
    there = world.there()
    assert there.components["prices"] == before["prices"]
    assert there.components["churn"][2] != before["churn"][2]
    assert execution.output["Removed"] == [f"Model {before['churn'][2]}"]
    assert there.archives() == there.models == {about[2] for about in there.components.values()}
    assert execution.output["EndpointConfigName"] == first.output["EndpointConfigName"]


def test_copies_go_to_zero_and_back_without_an_update(world: World) -> None:
    deployed(world, churn="first")
    request = components_of(world, churn="first")

    for count in (0, 2):
        request["InferenceComponents"][0]["CopyCount"] = count
        execution = world.deploy(request)

        assert calls(world, execution) == [("DeployComponents", "UpdateInferenceComponentRuntimeConfig")]
        assert (execution.outcome, copies_of(world, "churn")) == ("Updated", count)
        world.time.pass_(60)


def test_a_component_that_is_not_named_any_more_is_deleted_with_its_model(world: World) -> None:
    deployed(world, churn="first", prices="first")
    model = world.there().components["prices"][2]

    execution = deployed(world, churn="first")

    assert execution.outcome == "Updated"
    assert execution.output["Removed"] == ["InferenceComponent prices", f"Model {model}"]
    assert set(world.there().components) == {"churn"}


def test_instances_change_and_the_components_stay(world: World) -> None:
    deployed(world, churn="first")
    before = world.there().components

    execution = world.deploy({**components_of(world, churn="first"), "InitialInstanceCount": 2})

    assert (execution.outcome, calls(world, execution)) == ("Updated", [])
    assert world.there().components == before


def test_another_instance_type_is_refused_before_anything_is_created(world: World) -> None:
    deployed(world, churn="first")
    before = world.there()

    execution = world.deploy({**components_of(world, churn="second"), "InstanceType": "ml.m5.2xlarge"})

    assert (execution.outcome, world.there()) == ("HostingCannotChange", before)


def test_a_new_endpoint_whose_component_fails_is_removed_after_its_components(world: World) -> None:
    request = components_of(world, churn="first", prices="first")
    world.services.logs.lines["/aws/sagemaker/InferenceComponents/churn"] = ["the model is upside down"]
    world.failing_components = ("churn",)

    execution = world.deploy(request)

    assert execution.outcome == "InferenceComponentFailed"
    cause = json.loads(execution.cause)
    assert "The inference component churn failed" in cause["Message"]
    assert set(cause["LogTail"]) == {"the model is upside down"}
    assert {"InferenceComponent churn", "InferenceComponent prices", f"Endpoint {NAME}"} <= set(
        cause["Resources"]["Removed"]
    )
    assert world.there().names() == set()


def test_a_failed_update_leaves_what_serves_and_removes_what_it_made(world: World) -> None:
    deployed(world, churn="first", prices="first")
    before = world.there()
    request = components_of(world, churn="second", prices="first", late="first")
    world.failing_components = ("churn", "late")

    execution = world.deploy(request)

    assert execution.outcome == "InferenceComponentFailed"
    message = json.loads(execution.cause)["Message"]
    assert "The inference component churn was not updated" in message
    assert "The inference component late failed" in message
    assert "In service: churn (as before), prices." in message
    assert world.there() == before


def test_a_newer_deployment_takes_the_components_over(world: World) -> None:
    deployed(world, churn="first")
    older = world.start(components_of(world, churn="second"))
    world.run_for(5)
    assert older.next_state == "DeployComponents"
    newer = world.start(components_of(world, churn="third"))
    world.run()

    assert (older.outcome, newer.outcome) == ("Superseded", "Updated")
    there = world.there()
    assert there.models == {there.components["churn"][2]} == {newer.output["ModelName"]}


def test_an_older_deployment_leaves_the_endpoint_that_it_created_to_a_newer_one(world: World) -> None:
    older = world.start(components_of(world, churn="first"))
    world.step_to(older, "DeployComponents")
    newer = world.start(components_of(world, churn="second"))
    world.step_to(newer, "DeployComponents")
    while older.status == "RUNNING":
        world.step(older)
    world.run()

    assert (older.outcome, newer.status) == ("Superseded", "SUCCEEDED")
    there = world.there()
    assert (list(there.endpoints), there.components["churn"][1]) == ([NAME], "InService")
    assert there.models == {there.components["churn"][2]} == {newer.output["ModelName"]}


def test_an_endpoint_with_a_model_takes_no_components(world: World) -> None:
    world.upload("archives/one.tar.gz", "one")
    request = components_of(world, churn="first")
    alone = {**request, "ModelDataUrl": request["InferenceComponents"][0]["ModelDataUrl"]}
    del alone["InferenceComponents"]
    assert world.deploy(alone).outcome == "Created"
    world.time.pass_(60)

    assert world.deploy(request).outcome == "HostingCannotChange"


def test_a_configuration_of_components_is_not_redeployed(world: World) -> None:
    config = deployed(world, churn="first").output["EndpointConfigName"]

    execution = world.deploy({"EndpointName": NAME, "EndpointConfigName": config})

    assert execution.outcome == "FieldsConflict"
    assert "deploy the earlier input" in json.loads(execution.cause)["Message"]


def test_the_tags_of_a_component_name_its_stack_and_execution(world: World) -> None:
    execution = deployed(world, churn="first")

    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:inference-component/churn"
    tags = {tag["Key"]: tag["Value"] for tag in world.sagemaker.call("ListTags", {"ResourceArn": arn})["Tags"]}
    assert (tags["slipway:execution"], tags["slipway:endpoint"]) == (execution.arn, NAME)


LOST, DENIED = LIGHT[0], LIGHT[2]
OTHERS = (*SINGLE, *(column for column in PERSISTENT if column not in (LOST, DENIED)))
# What an update has changed stays when a later call fails for good.
REPEATED: tuple[Column, ...] = (("5xx", 3), ("throttled", 3))


@pytest.mark.parametrize(
    ("scenario", "columns"),
    [
        pytest.param(COMPONENTS, (LOST, DENIED), id="create"),
        pytest.param(UPDATED_COMPONENTS, (LOST,), id="update"),
        pytest.param(COMPONENTS, OTHERS, id="create-other", marks=pytest.mark.full),
        pytest.param(UPDATED_COMPONENTS, REPEATED, id="update-other", marks=pytest.mark.full),
    ],
)
def test_every_fault_of_every_call_ends_well_or_by_name_and_leaves_nothing(
    new_world: MakeWorld, scenario: Scenario, columns: tuple[Column, ...], request: pytest.FixtureRequest
) -> None:
    cells = matrix(Stage(new_world, scenario), columns)
    request.node.add_report_section("call", "fault matrix", table(scenario, cells))
    wrong = [f"{cell.row} {cell.kind} x{cell.count}: {cell.wrong}" for cell in cells if cell.wrong]
    assert wrong == []
