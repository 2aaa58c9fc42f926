"""Deployments that an approval or a training job starts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from slipway.deployment.settings import Settings
from slipway.errors import SlipwayError
from tests.permissions.guard import PolicyGuard
from tests.workflow.deployed_stack import MODEL_BUCKET, environment_of
from tests.workflow.surroundings import archive
from tests.workflow.tasks import WiredServices
from tests.workflow.world import World

FUNCTION = "StartTriggeredDeployment"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
Result = dict[str, Any]
Run = Callable[[PolicyGuard], Result]


def approve(world: World, name: str = "fraud") -> str:
    """Register an approved version of a group, and return its ARN."""
    world.put(f"fleet/{name}.tar.gz", archive(name))
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{MODEL_BUCKET}/fleet/{name}.tar.gz"}
    inference = {"Containers": [container], "SupportedContentTypes": ["text/csv"]}
    request = {"ModelPackageGroupName": "fraud", "InferenceSpecification": inference}
    created = world.sagemaker.call("CreateModelPackage", {**request, "ModelApprovalStatus": "Approved"})
    return str(created["ModelPackageArn"])


def train(world: World) -> None:
    """Complete a training job whose tag names an endpoint."""
    world.put("fleet/job.tar.gz", archive("job"))
    fields = {
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://{MODEL_BUCKET}/fleet/job.tar.gz"},
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    world.sagemaker.register_training_job("fraud-7", fields)
    arn = world.sagemaker.call("DescribeTrainingJob", {"TrainingJobName": "fraud-7"})["TrainingJobArn"]
    tags = [{"Key": "slipway:endpoint-name", "Value": "trained"}]
    world.sagemaker.call("AddTags", {"ResourceArn": arn, "Tags": tags})


def send(world: World, detail_type: str, **detail: str) -> None:
    """Do what the rules of the template do with an event."""
    world.calls_by("EventBridge", FUNCTION)
    services = WiredServices(Settings.from_environment(environment_of(f"{FUNCTION}Function")), world.aws)
    event = {"source": "aws.sagemaker", "detail-type": detail_type, "detail": detail}
    inspect.unwrap(import_module("start_triggered_deployment.app").handler)(event, services)


def runs(new_world: Callable[..., World]) -> Iterator[tuple[str, Run]]:
    """Yield an approval with a side file and one without, and a completed training job without one."""
    package = "SageMaker Model Package State Change"
    for name, has_side_file in (("approved version", True), ("approved version without a side file", False)):
        yield name, _run(new_world, package, has_side_file=has_side_file)
    yield "completed training job", _run(new_world, "SageMaker Training Job State Change", has_side_file=False)


def _run(new_world: Callable[..., World], detail_type: str, *, has_side_file: bool) -> Run:
    def run(guard: PolicyGuard) -> Result:
        world = new_world()
        world.sagemaker.call("CreateModelPackageGroup", {"ModelPackageGroupName": "fraud"})
        arn = approve(world)
        train(world)
        if has_side_file:
            for key in ("packages/fraud/deployment.json", "models/trained/deployment.json"):
                world.put(key, b'{"EndpointName": "fraud", "InstanceType": "ml.m5.large"}')
        guard.check(world)
        try:
            send(world, detail_type, ModelPackageArn=arn, TrainingJobName="fraud-7")
        except SlipwayError as error:
            return {"Outcome": type(error).__name__}
        world.run()
        return {"Outcome": "what was approved or trained", "started": [one.outcome for one in world.executions]}

    return run
