"""Transform jobs from request to output: the same request, failures, capacity, deadlines, and executions that stop."""

from __future__ import annotations

import inspect
import json
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest

from slipway.errors import AlreadyExists, SlipwayError
from slipway_local.ports import Answer, Invocation
from slipway_local.sagemaker.faults.orders import Fault
from tests.workflow.failures import FunctionKilled
from tests.workflow.faults import FOR_GOOD, Kind, Order
from tests.workflow.interpreter import Execution
from tests.workflow.scenarios import DATA, side_file_of_transform, transform_of
from tests.workflow.surroundings import Container
from tests.workflow.world import TRANSFORMS_ARN, World
from tests.workflow.worlds import MakeWorld


class Refusing(Container):
    """Answers 400 to payloads with a 5 in them, as the toolkit does to what it cannot parse."""

    def invoke(self, invocation: Invocation) -> Answer:
        """See the port."""
        if b"5" in invocation.body:
            return Answer(400, b"could not convert string to float", "text/plain")
        return super().invoke(invocation)


def transformed(world: World, **fields: object) -> Execution:
    return world.deploy(transform_of(world, **fields), TRANSFORMS_ARN)


def jobs(world: World) -> dict[str, str]:
    """Return the status of each job, by name."""
    listed = world.sagemaker.call("ListTransformJobs", {"MaxResults": 100})["TransformJobSummaries"]
    return {one["TransformJobName"]: one["TransformJobStatus"] for one in listed}


def stop_unfinished(world: World, execution: Execution) -> None:
    """Run what the rule TransformUnfinishedRule runs when an execution was stopped, timed out or failed.

    Lambda repeats a function twice that fails for an event (Lambda developer guide, "Error handling for asynchronous
    invocation").
    """
    step = inspect.unwrap(import_module("stop_unfinished_transform.app").handler)
    detail = {"executionArn": execution.arn, "startDate": int(execution.started.timestamp() * 1000)}
    world.calls_by(execution.name, "StopUnfinishedTransform")
    for attempt in range(3):
        try:
            step({"detail": detail}, world._tasks._services_of("StopUnfinishedTransformFunction"))
        except (SlipwayError, FunctionKilled):
            assert attempt < 2
        else:
            return


def events(world: World) -> list[tuple[str, dict[str, Any]]]:
    return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in world.services.announced]


def uploaded(world: World, key: str, content: bytes) -> tuple[Execution, dict[str, Any]]:
    """Run the execution that an upload starts; return it and its result file."""
    execution = world.deploy(world.event(world.put(f"{DATA}/{key}", content)), TRANSFORMS_ARN)
    return execution, json.loads(world.buckets.read(f"s3://slipway-models/batch/sums/results/{key}.json"))


def test_each_upload_is_one_job_whose_result_is_stored(world: World) -> None:
    early, refused = uploaded(world, "new/c.csv", b"7,8\n")
    assert (early.error, refused["Error"], refused["Data"]["Key"]) == ("FieldMissing",) * 2 + (f"{DATA}/new/c.csv",)
    assert "There is no batch/sums/batch.json" in refused["Message"]

    side_file_of_transform(world)
    first, result = uploaded(world, "new/c.csv", b"7,8\n")
    again, _ = uploaded(world, "new/c.csv", b"7,8\n")
    other, _ = uploaded(world, "d.csv", b"9\n")

    assert (result["Outcome"], result["Execution"], result["Objects"]) == ("Transformed", first.arn, 1)
    assert [again.outcome, other.outcome] == ["AlreadyTransformed", "Transformed"]
    assert list(jobs(world).values()) == ["Completed", "Completed"]
    assert all(name.startswith("sums-") for name in jobs(world))
    assert world.buckets.keys("inference/") == {"inference/sums/new/c.csv.out", "inference/sums/d.csv.out"}


def test_every_object_has_its_output_and_the_outcome_is_announced(world: World) -> None:
    execution = transformed(world)

    output = execution.output
    assert (output["Outcome"], output["Objects"], output["Bytes"]) == ("Transformed", 2, 12)
    assert world.buckets.read("s3://slipway-models/inference/sums/a.csv.out") == b"1,2\n3,4\n"
    assert world.buckets.read("s3://slipway-models/inference/sums/sub/b.csv.out") == b"5,6\n"
    assert output["Timings"]["TransformStartTime"] < output["Timings"]["TransformEndTime"]
    # An hour of ml.m5.large at $0.115, of which SageMaker charges what is between the two times (docs/batch.md).
    cost = output["EstimatedCost"]
    assert (cost["PerHour"], cost["EndpointPerMonth"]) == (0.115, 83.95)
    times = [datetime.fromisoformat(output["Timings"][f"Transform{end}Time"]) for end in ("Start", "End")]
    assert cost["Job"] == round(0.115 * (times[1] - times[0]).total_seconds() / 3600, 4) > 0
    ((kind, detail),) = events(world)
    assert (kind, detail["TransformJobName"]) == ("Transform Succeeded", output["TransformJobName"])


def test_new_data_are_another_job_of_the_same_model(world: World) -> None:
    assert transformed(world, TransformJobName="july").outcome == "Transformed"
    world.put(f"{DATA}/c.csv", b"7,8\n")
    refused = transformed(world, TransformJobName="july")
    assert refused.error == "TransformJobNameTaken"
    assert list(jobs(world)) == ["july"]

    assert [transformed(world).outcome for _ in range(2)] == ["Transformed", "AlreadyTransformed"]
    world.put(f"{DATA}/d.csv", b"9\n")
    assert transformed(world).outcome == "Transformed"
    assert len(jobs(world)) == 3
    assert len(world.there().models) == 2, "one is named for july"


def test_two_executions_of_one_request_share_one_job(world: World) -> None:
    request = transform_of(world, TransformResources={"InstanceType": "ml.m4.xlarge", "InstanceCount": 1})
    both = [world.start(request, TRANSFORMS_ARN) for _ in range(2)]
    world.run()
    assert sorted(one.outcome for one in both) == ["AlreadyTransformed", "Transformed"]
    assert [one.output["EstimatedCost"] for one in both] == [None, None], "the type has no price"
    assert list(jobs(world).values()) == ["Completed"]


def test_a_bad_object_fails_the_job_is_explained_and_leaves_no_model(world: World) -> None:
    world.container = Refusing()
    execution = transformed(world)

    cause = json.loads(execution.cause)
    assert execution.error == "TransformJobFailed"
    assert cause["Message"] == "ClientError: See job logs for more information"
    assert f"slipway-models/{DATA}/sub/b.csv: ClientError: 400" in "\n".join(cause["LogTail"])
    assert "The outputs of the other objects are stored" in cause["Hint"]
    assert world.buckets.keys("inference/") == {"inference/sums/a.csv.out"}
    assert (world.there().models, world.there().copies) == (frozenset(), frozenset())
    assert [kind for kind, _ in events(world)] == ["Transform Failed"]


def test_a_failed_request_is_run_again_under_the_next_number(world: World) -> None:
    world.container = Refusing()
    transformed(world)
    world.container = Container()
    again = transformed(world)

    (failed, status), (name, completed) = sorted(jobs(world).items())
    assert (status, completed) == ("Failed", "Completed")
    assert name == f"{failed}-2" == again.output["TransformJobName"]


def test_a_job_without_capacity_is_tried_again_until_it_has_some(world: World) -> None:
    world.sagemaker.faults.order(Fault("NoCapacity", count=2))
    execution = transformed(world)
    assert execution.outcome == "Transformed"
    assert sorted(jobs(world).values()) == ["Completed", "Failed", "Failed"]
    assert execution.history.count("WaitForCapacity") == 2


def test_capacity_is_waited_for_until_the_deadline(world: World) -> None:
    world.sagemaker.faults.order(Fault("NoCapacity", count=100))
    execution = transformed(world, DeadlineMinutes=60)
    assert execution.error == "CapacityUnavailable"
    assert len(jobs(world)) == 6
    assert world.there().models == frozenset()


def test_a_job_that_takes_too_long_is_stopped_at_the_deadline(new_world: MakeWorld) -> None:
    world = new_world(creation_seconds=3600)
    execution = transformed(world, DeadlineMinutes=30)
    assert execution.error == "DeadlineExceeded"
    assert "the job was stopped" in json.loads(execution.cause)["Hint"]
    world.settle()
    assert list(jobs(world).values()) == ["Stopped"]


def test_a_job_that_another_stops_ends_by_its_name(new_world: MakeWorld) -> None:
    world = new_world(creation_seconds=600)
    execution = world.start(transform_of(world), TRANSFORMS_ARN)
    world.run_for(60)
    (name,) = jobs(world)
    world.sagemaker.call("StopTransformJob", {"TransformJobName": name})
    world.run()
    assert execution.error == "TransformJobStopped"


def test_a_stopped_execution_stops_its_job_and_no_other(new_world: MakeWorld) -> None:
    world = new_world(creation_seconds=600)
    stopped = world.start(transform_of(world), TRANSFORMS_ARN)
    other = world.start(transform_of(world, TransformJobName="another"), TRANSFORMS_ARN)
    world.run_for(60)
    stopped.stop()
    stop_unfinished(world, stopped)
    world.run()

    assert other.outcome == "Transformed"
    assert sorted(jobs(world).items())[0] == ("another", "Completed")
    assert sorted(jobs(world).values()) == ["Completed", "Stopped"]


def test_an_execution_stopped_in_any_state_leaves_no_job_running(new_world: MakeWorld) -> None:
    history = transformed(new_world(creation_seconds=40)).history
    for steps in range(history.index("CreateTransformJob"), len(history)):  # before it there is no job
        world = new_world(creation_seconds=40)
        stopped = world.start(transform_of(world), TRANSFORMS_ARN)
        for _ in range(steps):
            world.step(stopped)
        running = [name for name, status in jobs(world).items() if status == "InProgress"]
        stopped.stop()
        stop_unfinished(world, stopped)
        world.settle()
        assert [jobs(world)[name] for name in running] == ["Stopped"] * len(running), stopped.next_state


def test_a_job_that_cannot_be_described_does_not_run_on(new_world: MakeWorld) -> None:
    world = new_world(creation_seconds=600)
    world.orders.append(Order("access denied", "DescribeTransformJob", "sagemaker:DescribeTransformJob", 0, FOR_GOOD))
    execution = transformed(world)
    assert (execution.error, list(jobs(world).values())) == ("AccessDenied", ["InProgress"])
    stop_unfinished(world, execution)
    world.settle()
    assert list(jobs(world).values()) == ["Stopped"]


@pytest.mark.parametrize("kind", ["5xx", "response lost", "killed before", "killed after"])
def test_no_fault_of_a_call_keeps_a_stopped_executions_job_running(new_world: MakeWorld, kind: Kind) -> None:
    calls = ("ListTransformJobs", "DescribeTransformJob", "ListTags", "StopTransformJob")
    for operation in calls:
        world = new_world(creation_seconds=600)
        stopped = world.start(transform_of(world), TRANSFORMS_ARN)
        while not jobs(world):
            world.step(stopped)
        stopped.stop()
        # botocore tries three times: three in a row are the function's, which Lambda runs again.
        count = 1 if kind.startswith("killed") else 3
        world.orders.append(Order(kind, "StopUnfinishedTransform", f"sagemaker:{operation}", 0, count))
        stop_unfinished(world, stopped)
        assert world.orders[-1].count == 0, operation
        world.settle()
        assert list(jobs(world).values()) == ["Stopped"], operation


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"TransformOutput": {"S3OutputPath": "s3://slipway-models/elsewhere/"}}, "OutputNotAllowed", "inference/"),
        ({"EndpointName": "sums"}, "FieldUnknown", "is not a field of a transform job"),
    ],
)  # fmt: skip
def test_what_a_job_cannot_be_is_refused_before_anything_is_created(
    world: World, fields: dict[str, object], error: str, message: str
) -> None:
    execution = transformed(world, **fields)
    assert (execution.error, world.created) == (error, [])
    assert message in json.loads(execution.cause)["Message"]


def test_an_input_without_objects_is_refused_before_anything_is_created(world: World) -> None:
    request = transform_of(world)
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://slipway-models/batch/nothing/"}
    request["TransformInput"] = {"DataSource": {"S3DataSource": source}}
    execution = world.deploy(request, TRANSFORMS_ARN)
    assert (execution.error, world.created) == ("TransformInputNotFound", [])


def test_an_input_that_is_removed_after_the_check_is_named_too(world: World) -> None:
    execution = world.start(transform_of(world), TRANSFORMS_ARN)
    world.step_to(execution, "CreateTransformJob")
    for key in world.buckets.keys(f"{DATA}/"):
        world.buckets.remove(key)
    world.run()
    assert (execution.error, world.there().models) == ("TransformInputNotFound", frozenset())
    assert "No S3 objects found under S3 URL" in json.loads(execution.cause)["Message"]


def test_a_job_that_has_ended_cannot_be_stopped_and_its_name_is_taken(world: World) -> None:
    execution = transformed(world)
    name = execution.output["TransformJobName"]
    world.calls_by(execution.name, "StopUnfinishedTransform")
    world._tasks._services_of("StopUnfinishedTransformFunction").transform_jobs.stop(name)
    assert jobs(world) == {name: "Completed"}

    described = world.sagemaker.call("DescribeTransformJob", {"TransformJobName": name})
    members = ("TransformJobName", "ModelName", "TransformInput", "TransformOutput", "TransformResources")
    world.calls_by(execution.name, "CreateTransformJob")
    with pytest.raises(AlreadyExists, match="a job with this name already exists"):
        world._tasks._services_of("CreateTransformJobFunction").transform_jobs.create(
            {member: described[member] for member in members}, []
        )
