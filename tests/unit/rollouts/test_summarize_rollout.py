"""The counts of a rollout, from what ResultWriter exports.

The form of the files is that of the Step Functions developer guide, "ResultWriter (Map)": Input and Output are texts.
"""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.rollout_files import FakeRolloutFiles
from tests.fakes.storage import FakeStorage

from slipway.rollouts.summarize_rollout import summarize_rollout

BUCKET = "bucket"
PLAN = {"Folder": "rollouts/fleet-1", "Lines": 3, "Waves": [{"MaxConcurrency": 7}]}


def end(line: int, **fields: Any) -> dict[str, Any]:
    item = {"Line": line, "Deployment": {"EndpointName": f"e-{line}"}}
    return {"Input": json.dumps(item), "Status": "SUCCEEDED", "Output": '{"Outcome": "Created"}', **fields}


def failed(line: int) -> dict[str, Any]:
    explained = json.dumps({"Message": "There is no such object."})
    nested = {"Error": "ArtifactNotFound", "Cause": explained, "ExecutionArn": "arn:nested"}
    return end(line, Status="FAILED", Error="States.TaskFailed", Cause=json.dumps(nested))


def exported(*runs: dict[str, list[dict[str, Any]]]) -> tuple[FakeRolloutFiles, list[str]]:
    storage, keys = FakeStorage(), []
    for number, run in enumerate(runs):
        files = {}
        for kind, ends in run.items():
            storage.put(BUCKET, f"{number}/{kind}_0.json", json.dumps(ends).encode())
            files[kind] = [{"Key": f"{number}/{kind}_0.json"}]
        storage.put(BUCKET, f"{number}/manifest.json", json.dumps({"ResultFiles": files}).encode())
        keys.append(f"{number}/manifest.json")
    return FakeRolloutFiles(storage, BUCKET), keys


def test_failures_are_named_by_the_deployments_own_error_and_become_a_wave_without_tolerance() -> None:
    files, keys = exported({"SUCCEEDED": [end(1)]}, {"SUCCEEDED": [end(2)], "FAILED": [failed(3)]})

    summary = summarize_rollout(PLAN, keys, files, BUCKET)

    assert (summary["Outcomes"], summary["Failed"]) == ({"Created": 2}, 1)
    assert summary["Failures"] == [
        {
            "Line": 3,
            "EndpointName": "e-3",
            "Error": "ArtifactNotFound",
            "Message": "There is no such object.",
            "Execution": "arn:nested",
        }
    ]
    assert (summary["Again"]["Lines"], summary["Again"]["ToleratedFailurePercentage"]) == (1, 0)
    assert summary["Again"]["MaxConcurrency"] == 7
    assert json.loads(files.content("rollouts/fleet-1/failed.jsonl"))["Line"] == 3


def test_the_later_end_of_a_line_counts() -> None:
    again = end(3, Output='{"Outcome": "Updated"}')
    files, keys = exported({"SUCCEEDED": [end(1), end(2)], "FAILED": [failed(3)]}, {"SUCCEEDED": [again]})

    summary = summarize_rollout(PLAN, keys, files, BUCKET)

    assert (summary["Outcomes"], summary["Failed"]) == ({"Created": 2, "Updated": 1}, 0)
    assert "Again" not in summary
    assert json.loads(files.content("rollouts/fleet-1/summary.json"))["Failures"] == []


def test_a_line_that_timed_out_or_never_started_is_a_failure_by_its_status() -> None:
    timed_out = {key: value for key, value in end(1, Status="TIMED_OUT").items() if key != "Output"}
    files, keys = exported({"FAILED": [timed_out], "PENDING": [{"Input": end(2)["Input"], "Status": "PENDING"}]})

    failures = summarize_rollout(PLAN, keys, files, BUCKET)["Failures"]

    assert [one["Error"] for one in failures] == ["TIMED_OUT", "PENDING"]
