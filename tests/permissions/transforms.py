"""Transform jobs that make calls which an undisturbed one does not."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from slipway.deployment.settings import Settings
from slipway.errors import SlipwayError
from slipway_local.sagemaker.faults.orders import Fault
from tests.permissions.guard import PolicyGuard
from tests.workflow.deployed_stack import REGION, environment_of
from tests.workflow.interpreter import Execution
from tests.workflow.scenarios import DATA, side_file_of_transform, transform_of
from tests.workflow.tasks import WiredServices
from tests.workflow.world import TRANSFORMS_ARN, World

FUNCTION = "StopUnfinishedTransform"
Result = dict[str, Any]
Run = Callable[[PolicyGuard], Result]


def _again(world: World) -> Execution:
    world.deploy(transform_of(world), TRANSFORMS_ARN)
    return world.deploy(transform_of(world), TRANSFORMS_ARN)


def _uploaded(world: World) -> Execution:
    side_file_of_transform(world)
    event = world.event(world.put(f"{DATA}/a.csv", b"1,2"))
    world.deploy(event, TRANSFORMS_ARN)
    return world.deploy(event, TRANSFORMS_ARN)


def _without_a_side_file(world: World) -> Execution:
    return world.deploy(world.event(world.put(f"{DATA}/a.csv", b"1,2")), TRANSFORMS_ARN)


def _late(world: World) -> Execution:
    world.sagemaker.settings.creation_seconds = 600
    return world.deploy(transform_of(world, DeadlineMinutes=1), TRANSFORMS_ARN)


def _after_one_that_failed(world: World) -> Execution:
    world.sagemaker.faults.order(Fault("PingFailed", count=100))
    first = world.start(transform_of(world), TRANSFORMS_ARN)
    world.run_for(5)
    second = world.start(transform_of(world, MaxPayloadInMB=3), TRANSFORMS_ARN)
    world.run_for(5)
    first.stop()
    world.run()
    return second


def _from_a_job(world: World) -> Execution:
    request = transform_of(world)
    fields = {
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": request.pop("ModelDataUrl")},
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    world.sagemaker.register_training_job("sums", fields)
    return world.deploy({**request, "TrainingJobName": "sums"}, TRANSFORMS_ARN)


def _from_a_package(world: World) -> Execution:
    request = transform_of(world)
    image = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    container = {"Image": image, "ModelDataUrl": request.pop("ModelDataUrl")}
    inference = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    world.sagemaker.call("CreateModelPackageGroup", {"ModelPackageGroupName": "sums"})
    created = world.sagemaker.call(
        "CreateModelPackage",
        {
            "ModelPackageGroupName": "sums",
            "InferenceSpecification": inference,
            "ModelApprovalStatus": "Approved",
        },
    )
    del request["Framework"]
    return world.deploy({**request, "ModelPackageArn": created["ModelPackageArn"]}, TRANSFORMS_ARN)


PREPARED: tuple[tuple[str, Callable[[World], Execution]], ...] = (
    ("transform again", _again),
    ("transform of uploaded data", _uploaded),
    ("uploaded data without a side file", _without_a_side_file),
    ("transform at its deadline", _late),
    ("transform after one that failed", _after_one_that_failed),
    ("transform from a training job", _from_a_job),
    ("transform from a model package", _from_a_package),
)


def runs(new_world: Callable[..., World]) -> Iterator[tuple[str, Run]]:
    """Yield the end of a stopped execution."""

    def run(guard: PolicyGuard) -> Result:
        world = new_world(creation_seconds=600)
        stopped = world.start(transform_of(world), TRANSFORMS_ARN)
        world.run_for(60)
        stopped.stop()
        guard.check(world)
        world.calls_by(stopped.name, FUNCTION)
        detail = {"executionArn": stopped.arn, "startDate": int(stopped.started.timestamp() * 1000)}
        services = WiredServices(Settings.from_environment(environment_of(f"{FUNCTION}Function")), world.aws)
        try:
            inspect.unwrap(import_module("stop_unfinished_transform.app").handler)({"detail": detail}, services)
        except SlipwayError as error:
            return {"Outcome": type(error).__name__}
        world.settle()
        listed = world.sagemaker.call("ListTransformJobs", {})["TransformJobSummaries"]
        return {"Outcome": listed[0]["TransformJobStatus"], "outputs": sorted(world.buckets.keys("inference/"))}

    yield "transform whose execution was stopped", run
