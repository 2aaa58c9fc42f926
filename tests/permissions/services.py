"""What AWS's services do under roles of the stack: SageMaker hosts models, rules and schedules deliver events."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from slipway_local.adapters.cloudwatch import CloudWatchLogs
from slipway_local.adapters.s3 import S3ObjectStore
from slipway_local.iam.required_actions import required_actions_of_delivery
from slipway_local.ports import ModelData, ObjectDenied, ObjectMissing
from tests.permissions.guard import PolicyGuard
from tests.permissions.roles import EXECUTION_ROLE, made
from tests.workflow.deployed_stack import MODEL_BUCKET, resolved
from tests.workflow.world import World

Result = dict[str, Any]
Run = Callable[[PolicyGuard], Result]
STORED, MISSING = "deployed/digits/model.tar.gz", "deployed/digits/none.tar.gz"
ANSWER = f"s3://{MODEL_BUCKET}/inference/digits/answer.out"
GROUP, STREAM = "/aws/sagemaker/Endpoints/digits", "AllTraffic/i-0"
JOB_LOG = ("/aws/sagemaker/TransformJobs", "digits-1/i-0")


def runs(new_world: Callable[..., World]) -> Iterator[tuple[str, Run]]:
    """Yield what the services do, by name."""
    yield "SageMaker hosts a model", _hosting(new_world, STORED)
    yield "SageMaker looks for a missing archive", _hosting(new_world, MISSING)
    for name, role, arn in deliveries():
        yield f"{name} delivers", _delivery(role, arn)


def deliveries() -> Iterator[tuple[str, str, str]]:
    """Yield each rule and schedule with the role that it delivers under and the target's ARN."""
    for name, rule in made("AWS::Events::Rule").items():
        for target in rule["Properties"]["Targets"]:
            if "RoleArn" in target:
                yield name, target["RoleArn"]["Fn::GetAtt"][0], resolved(target["Arn"])
    for name, schedule in made("AWS::Scheduler::Schedule").items():
        target = schedule["Properties"]["Target"]
        yield name, target["RoleArn"]["Fn::GetAtt"][0], resolved(target["Arn"])


def _delivery(role: str, arn: str) -> Run:
    def run(guard: PolicyGuard) -> Result:
        refused = guard.refuses(role, required_actions_of_delivery(arn))
        return {"Outcome": "an undelivered event" if refused else "a delivery"}

    return run


def _hosting(new_world: Callable[..., World], key: str) -> Run:
    def run(guard: PolicyGuard) -> Result:
        world = new_world()
        world.put(STORED, b"weights")
        guard.check(world)
        world.calls_by("SageMaker", EXECUTION_ROLE)
        return {"Outcome": _hosted(world, f"s3://{MODEL_BUCKET}/{key}"), "log": world.services.logs.lines}

    return run


def _hosted(world: World, uri: str) -> str:
    """Do what the local SageMaker does as the execution role, by its own adapters."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            S3ObjectStore(world.client("s3")).download(ModelData(uri), str(Path(folder) / "model.tar.gz"))
        for group, stream in ((GROUP, STREAM), JOB_LOG):
            CloudWatchLogs(world.client("logs")).write(group, stream, ["serving"])
        S3ObjectStore(world.client("s3")).write(ANSWER, b"1", "text/csv")
    except (ObjectMissing, ObjectDenied) as error:
        return type(error).__name__
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "a model that serves"
