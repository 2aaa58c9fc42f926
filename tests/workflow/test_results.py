"""The result file of uploads: every end of the workflow writes it, and a file that cannot be written ends nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway_local.sagemaker.faults.orders import Fault
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.faults import FOR_GOOD, Order
from tests.workflow.scenarios import KEY, NAME
from tests.workflow.world import World

RESULT = f"models/{NAME}/deployment-result.json"
WRITE = ("WriteDeploymentResult", "s3:PutObject")


def result(world: World, key: str = RESULT) -> dict[str, Any]:
    found = world.buckets.newest(key)
    assert found, f"there is no {key}"
    read: dict[str, Any] = json.loads(found.content)
    return read


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    added = ("Archive", "RequestedAt", "Sequencer", "WrittenAt", "Execution")
    return {name: value for name, value in document.items() if name not in added}


def test_a_success_is_written_as_the_execution_s_output_says_it(world: World) -> None:
    execution = world.deploy(world.upload(KEY, "first"))

    assert without_times(result(world)) == execution.output
    assert result(world)["Execution"] == execution.arn
    assert result(world)["Archive"] == {"Key": KEY, "VersionId": "version-1"}


def test_a_failure_is_written_with_its_hint_and_the_log(world: World) -> None:
    world.services.logs.lines[NAME] = ["the model is upside down"]
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))

    execution = world.deploy(world.upload(KEY, "first"))

    found, cause = result(world), json.loads(execution.cause)
    assert (found["Outcome"], found["Error"]) == ("Failed", "ContainerFailedPing")
    assert found["LogTail"][-1] == "the model is upside down"
    parts = ("Message", "Hint", "LogTail", "Resources")
    assert [found[name] for name in parts] == [cause[name] for name in parts]


def test_a_side_file_that_is_refused_has_a_result(world: World) -> None:
    world.put(f"models/{NAME}/deployment.json", b'{"InstanceTyp": "ml.m5.large"}')

    execution = world.deploy(world.upload(KEY, "first"))

    assert execution.outcome == result(world)["Error"] == "FieldUnknown"
    assert (result(world)["Outcome"], result(world)["EndpointName"]) == ("Failed", NAME)


def test_the_same_archive_again_ends_as_already_deployed(world: World) -> None:
    world.deploy(world.upload(KEY, "first"))
    world.time.pass_(60)

    world.deploy(world.upload(f"models/{NAME}/copy.tar.gz", "first"))
    event = world.upload(f"models/{NAME}/copy.tar.gz", "first")
    world.deploy(event)

    assert result(world)["Outcome"] == "AlreadyDeployed"


def test_a_late_event_leaves_the_result_of_the_newer_upload(world: World) -> None:
    late = world.upload(KEY, "first")
    world.time.pass_(60)
    newer = world.deploy(world.upload(KEY, "second"))
    world.time.pass_(60)

    assert world.deploy(late).outcome == "Superseded"

    assert result(world)["Execution"] == newer.arn


def test_a_rollback_is_written(world: World) -> None:
    world.deploy(world.upload(KEY, "first"))
    world.time.pass_(60)
    world.sagemaker.faults.order(Fault("SilentRollback", endpoint_name=NAME))

    world.deploy(world.upload(KEY, "second"))

    assert (result(world)["Outcome"], result(world)["Error"]) == ("Failed", "DeploymentRolledBack")


def test_an_execution_that_no_upload_started_writes_none(world: World) -> None:
    world.upload("archives/first.tar.gz", "first")
    url = f"s3://{MODEL_BUCKET}/archives/first.tar.gz"

    world.deploy({"EndpointName": NAME, "ModelDataUrl": url, "Framework": "sklearn", "InstanceType": "ml.m5.large"})

    assert not world.buckets.newest(RESULT)


def test_a_result_that_cannot_be_written_is_a_warning_of_a_success(world: World) -> None:
    world.orders.append(Order("access denied", *WRITE, count=FOR_GOOD))

    execution = world.deploy(world.upload(KEY, "first"))

    assert execution.outcome == "Created"
    (warning,) = execution.output["Warnings"]
    assert warning.startswith("deployment-result.json was not written beside the upload (AccessDenied).")


def test_a_result_that_cannot_be_written_is_a_warning_of_a_failure(world: World) -> None:
    world.put(f"models/{NAME}/deployment.json", b"{")
    world.orders.append(Order("access denied", *WRITE, count=FOR_GOOD))

    execution = world.deploy(world.upload(KEY, "first"))

    assert execution.outcome == "InputNotAnObject"
    assert len(json.loads(execution.cause)["Warnings"]) == 1


@pytest.mark.parametrize("request_", ["text", [], {"detail": {"object": {"key": "x"}}, "source": "aws.s3"}])
def test_an_input_that_is_no_event_writes_none_and_ends_by_its_name(world: World, request_: object) -> None:
    execution = world.deploy(request_)

    assert execution.outcome in ("InputNotAnObject", "FieldMissing", "FieldUnknown")
    assert not world.buckets.keys("models/")


def test_an_event_of_more_than_a_few_kilobytes_writes_none(world: World) -> None:
    event = {**world.upload(KEY, "first"), "padding": "x" * 200_000}

    assert world.deploy(event).outcome == "Created"

    assert not world.buckets.newest(RESULT)
