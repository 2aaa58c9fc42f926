"""`slipway rollout`: what is started, what a stopped rollout has done, what a dry run refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.fakes.rollouts import ARN, START, Objects, Workflow, stopped, target_of

from slipway_cli.commands import rollout


def run(monkeypatch: pytest.MonkeyPatch, workflow: Workflow, objects: Objects, *arguments: str) -> Result:
    monkeypatch.setattr(rollout, "find_target", lambda _choice: target_of(workflow, objects))
    return CliRunner().invoke(rollout.command, arguments, catch_exceptions=False)


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
    assert "line 6, e-6: ABORTED\n" in shown
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


def test_a_refused_rollout_shows_error_message_and_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    cause = json.dumps({"Error": "ManifestInvalid", "Message": "Line 7 is refused.", "Hint": "Fix the field."})
    workflow = Workflow({"status": "FAILED", "error": "ManifestInvalid", "cause": cause, "stopDate": START})
    shown = run(monkeypatch, workflow, Objects(), "status", "fleet-1").stdout
    assert "ManifestInvalid: Line 7 is refused." in shown
    assert "Fix the field." in shown


def test_what_cannot_be_redriven_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow, objects = stopped()
    with pytest.raises(Exception, match=r"cannot be redriven .*start the manifest as a new rollout"):
        run(monkeypatch, workflow, objects, "redrive", "fleet-1")
    with pytest.raises(Exception, match="There is no rollout other"):
        run(monkeypatch, workflow, objects, "status", "other")
