"""A rollout on Step Functions and S3, as `slipway rollout` and the console read it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from slipway_cli.sdk.target import Target
from tests.fakes.step_functions import FakeStepFunctions, Session

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:slipway-RollOut"
ARN = f"{MACHINE.replace(':stateMachine:', ':execution:')}:fleet-1"
RUNS = f"{MACHINE.replace(':stateMachine:', ':mapRun:')}/Wave:"
START = datetime(2026, 11, 1, 12, 0, 0, 0, UTC)
# Step Functions API reference, DescribeMapRun: itemCounts has all of these.
COUNTS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten")


class Objects:
    """S3."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    def get_object(self, **request: Any) -> dict[str, Any]:
        if request["Key"] not in self.stored:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "none"}}, "GetObject")
        content = self.stored[request["Key"]]
        return {"ContentLength": len(content), "Body": io.BytesIO(content)}

    def put_object(self, **request: Any) -> None:
        self.stored[request["Key"]] = request["Body"]


class Workflow(FakeStepFunctions):
    """One rollout with Map Runs of these counts."""

    def __init__(self, description: dict[str, Any], *runs: dict[str, int]) -> None:
        about = {"executionArn": ARN, "startDate": START, "input": "{}", **description}
        super().__init__({"description": about, "events": []})
        self.runs = runs
        self.stopped: list[str] = []

    def _list_map_runs_pages(self, **_request: Any) -> Iterator[dict[str, Any]]:
        found = [
            {"mapRunArn": f"{RUNS}{number}", "startDate": START + timedelta(number)} for number in range(len(self.runs))
        ]
        yield {"mapRuns": found[::-1]}

    def describe_map_run(self, **request: Any) -> dict[str, Any]:
        return {"itemCounts": {**dict.fromkeys(COUNTS, 0), **self.runs[int(request["mapRunArn"].rpartition(":")[2])]}}

    def stop_execution(self, **request: Any) -> None:
        self.stopped.append(request["executionArn"])

    def redrive_execution(self, **request: Any) -> None:
        error = {"Code": "ExecutionNotRedrivable", "Message": "Execution is SUCCEEDED and cannot be redriven"}
        raise ClientError({"Error": error}, "RedriveExecution")


def end(line: int, **fields: Any) -> dict[str, Any]:
    item = {"Line": line, "Deployment": {"EndpointName": f"e-{line}"}}
    said = {"Line": line, "EndpointName": f"e-{line}", "Outcome": "Created"}
    return {"Input": json.dumps(item), "Status": "SUCCEEDED", "Output": json.dumps(said), **fields}


def target_of(workflow: Workflow, objects: Objects) -> Target:
    """Return a stack that has this rollout."""
    outputs = {"RollOutStateMachineArn": MACHINE, "ModelBucketName": "models-bucket", "StateMachineArn": "x"}
    return Target(Session({"s3": objects, "stepfunctions": workflow}), "eu-west-1", known_outputs=outputs)


def stopped() -> tuple[Workflow, Objects]:
    """Return a rollout of 9 lines that was stopped in its second wave of 7, of which 3 were not started."""
    described = {"status": "ABORTED", "stopDate": START + timedelta(minutes=9)}
    workflow = Workflow(described, {"succeeded": 2}, {"succeeded": 2, "failed": 1, "aborted": 1, "pending": 3})
    objects = Objects()
    ended = json.dumps({"Error": "ArtifactNotFound", "Cause": '{"Message": "There is no such object."}'})
    failed = [end(5, Status="FAILED", Error="States.TaskFailed", Cause=ended), end(6, Status="ABORTED")]
    plan = {"Lines": 9, "Waves": [{}, {}]}
    files: dict[str, Any] = {
        "plan.json": plan,
        "results/0/S.json": [end(1), end(2)],
        "results/0/manifest.json": {"ResultFiles": {"SUCCEEDED": [{"Key": "rollouts/fleet-1/results/0/S.json"}]}},
        "results/1/S.json": [end(3), end(4)],
        "results/1/F.json": failed,
        "results/1/manifest.json": {
            "ResultFiles": {
                "SUCCEEDED": [{"Key": "rollouts/fleet-1/results/1/S.json"}],
                "FAILED": [{"Key": "rollouts/fleet-1/results/1/F.json"}],
            }
        },
    }
    objects.stored = {f"rollouts/fleet-1/{name}": json.dumps(content).encode() for name, content in files.items()}
    return workflow, objects
