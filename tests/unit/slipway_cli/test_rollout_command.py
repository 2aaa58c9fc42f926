"""`slipway rollout`: what is started, what a stopped rollout has done, what a dry run refuses."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from tests.fakes.step_functions import FakeStepFunctions, Session

from slipway_cli.commands import rollout
from slipway_cli.sdk.target import Target

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


def run(monkeypatch: pytest.MonkeyPatch, workflow: Workflow, objects: Objects, *arguments: str) -> Result:
    clients = {"s3": objects, "stepfunctions": workflow}
    outputs = {"RollOutStateMachineArn": MACHINE, "ModelBucketName": "models-bucket", "StateMachineArn": "x"}
    target = Target(Session(clients), "eu-west-1", known_outputs=outputs)
    monkeypatch.setattr(rollout, "find_target", lambda _choice: target)
    return CliRunner().invoke(rollout.command, arguments, catch_exceptions=False)


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


def test_a_stopped_rollout_says_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow, objects = stopped()
    result = run(monkeypatch, workflow, objects, "status", "fleet-1", "--wait", "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (said["Outcome"], said["Lines"], said["Outcomes"]) == ("Aborted", 9, {"Created": 4})
    # Of 9 lines 6 were started: 4 are deployed, one failed and one was stopped.
    assert (said["NotStarted"], said["Failed"]) == (3, 2)
    assert [(one["EndpointName"], one["Error"]) for one in said["Failures"]] == [
        ("e-5", "ArtifactNotFound"),
        ("e-6", "ABORTED"),
    ]
    shown = run(monkeypatch, workflow, objects, "stop", "fleet-1").stdout
    assert "3 of 9 lines" in shown
    assert "line 5, e-5: ArtifactNotFound: There is no such object." in shown
    assert workflow.stopped == [], "it had ended"


def test_a_running_rollout_shows_its_wave_and_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow, objects = stopped()
    workflow = Workflow({"status": "RUNNING"}, {"succeeded": 2}, {"succeeded": 2, "timedOut": 1, "pendingRedrive": 4})
    assert "Wave 2 of 2: 2 succeeded, 1 failed, 4 pending" in run(
        monkeypatch, workflow, objects, "stop", "fleet-1"
    ).stdout.replace("\n", " ")
    assert workflow.stopped == [ARN]


def test_a_manifest_is_uploaded_and_started_by_the_short_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    manifest, objects = tmp_path / "fleet 1.csv", Objects()
    manifest.write_text("EndpointName\na\n")
    workflow = Workflow({"status": "RUNNING"})
    result = run(monkeypatch, workflow, objects, str(manifest), "--first", "2", "--max-concurrency", "9")
    assert result.exit_code == 0, result.output
    (started,) = workflow.started
    document = json.loads(started["input"])
    assert document["Waves"] == [
        {"Count": 2, "MaxConcurrency": 9},
        {"MaxConcurrency": 9, "ToleratedFailurePercentage": 5},
    ]
    assert started["name"].startswith("fleet-1-")
    assert objects.stored == {document["ManifestUrl"].removeprefix("s3://models-bucket/"): manifest.read_bytes()}
    assert document["ManifestUrl"].endswith("/fleet 1.csv"), "the suffix says that it is CSV"


def test_a_dry_run_names_what_is_refused_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = {
        "Outcome": "Planned",
        "DryRun": True,
        "Lines": 3,
        "Refused": 1,
        "RefusedLines": [{"Line": 4, "Error": "FieldMissing", "Message": "EndpointName is missing."}],
        "Waves": [{"Lines": 2}],
        "Instances": {"ml.m5.large": 2},
        "EstimatedCost": {"PerHour": 0.23, "PerMonth": 167.9, "Prices": "us-east-1, 2026-11-22"},
        "Warnings": [],
        "ReportUrl": "s3://models-bucket/rollouts/fleet-1/plan.json",
    }
    workflow = Workflow({"status": "SUCCEEDED", "output": json.dumps(plan), "stopDate": START})
    monkeypatch.setattr(workflow, "start_execution", lambda **_request: {"executionArn": ARN})
    result = run(monkeypatch, workflow, Objects(), "s3://models-bucket/fleet.jsonl", "--dry-run")
    assert result.exit_code == 1
    assert "line 4: FieldMissing: EndpointName is missing." in result.stdout
    assert "$167.90 a month" in result.stdout


def test_a_refused_rollout_shows_the_functions_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    # What Lambda gives Step Functions as the cause (Step Functions developer guide, "Handling errors").
    cause = json.dumps({"errorMessage": "Line 7 is refused.", "errorType": "ManifestInvalid", "stackTrace": []})
    workflow = Workflow({"status": "FAILED", "error": "ManifestInvalid", "cause": cause, "stopDate": START})
    assert "ManifestInvalid: Line 7 is refused." in run(monkeypatch, workflow, Objects(), "status", "fleet-1").stdout


def test_what_cannot_be_redriven_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow, objects = stopped()
    with pytest.raises(Exception, match=r"cannot be redriven .*start the manifest as a new rollout"):
        run(monkeypatch, workflow, objects, "redrive", "fleet-1")
    with pytest.raises(Exception, match="There is no rollout other"):
        run(monkeypatch, workflow, objects, "status", "other")
