"""Transform jobs from Python: the arguments that are members of structures, and how each end comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.slipway_cli.test_batch_command import Jobs, Stack, execution, finished

import slipway
from slipway_python import functions
from slipway_python.transform_job import TransformFailed, TransformJob


def test_arguments_are_fields_and_members(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = finished()
    monkeypatch.setattr(functions, "find_target", lambda _choice: stack.target)
    slipway.transform(
        "s3://my-bucket/model.tar.gz",
        "s3://my-bucket/rows/",
        name="july",
        framework="sklearn",
        content_type="text/csv",
        instance_count=2,
        max_payload_in_mb=1,
        config={"TransformResources": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1}},
        tags={"team": "fraud"},
        wait=False,
    )

    (started,) = stack.workflow.started
    document = json.loads(started["input"])
    assert (document["TransformJobName"], document["MaxPayloadInMB"]) == ("july", 1)
    assert document["TransformResources"] == {"InstanceType": "ml.c5.xlarge", "InstanceCount": 2}
    assert document["TransformInput"]["SplitType"] == "Line"
    assert document["Tags"] == [{"Key": "team", "Value": "fraud"}]


def test_a_job_that_has_ended_gives_its_output_and_its_files(tmp_path: Path) -> None:
    stack = finished()
    job = TransformJob(stack.target, next(iter(stack.workflow.executions)))
    lines: list[str] = []
    assert job.wait(lines.append) == {"Outcome": "Transformed", "TransformJobName": "mine"}
    assert lines[-1].endswith("Transformed, 2 of 3 objects done")
    assert [file.name for file in job.download(tmp_path)] == ["a.csv.out", "b.csv.out"]
    assert (job.name, job.outcome, job.cost and job.cost["Job"]) == ("mine", "Transformed", 0.23)


def test_a_failed_job_is_raised_by_its_name() -> None:
    failed = execution("first", "mine", "Failed")
    cause = json.dumps({"Error": "TransformJobFailed", "Message": "ClientError", "Hint": "Correct the objects."})
    failed["description"] |= {"status": "FAILED", "error": "TransformJobFailed", "cause": cause}
    stack = Stack(Jobs(mine=("Failed", "first")), failed)
    with pytest.raises(TransformFailed, match="Correct the objects") as raised:
        TransformJob(stack.target, next(iter(stack.workflow.executions))).wait(None)
    assert raised.value.error == "TransformJobFailed"
