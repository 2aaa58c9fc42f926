"""`slipway batch`: what is started, how far a job is, what it costs, and which outputs are its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from tests.fakes.step_functions import FakeStepFunctions, Pages, Session

from slipway.errors import FieldMissing
from slipway_cli.commands import batch
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.transform_input import DataNotFound, transform_request

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:slipway-TransformBatch"
EXECUTIONS = MACHINE.replace(":stateMachine:", ":execution:")
START = datetime(2026, 11, 1, 12, 0, 0, 500_000, UTC)
JOB_ARN = "arn:aws:sagemaker:eu-west-1:123456789012:transform-job/"
RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 2}


class Objects:
    """S3: keys with the instants when they were stored."""

    def __init__(self, stored: dict[str, datetime]) -> None:
        self.stored = stored
        self.sent: list[str] = []

    def get_paginator(self, _operation: str) -> Pages:
        return Pages(self._pages)

    def _pages(self, **request: Any) -> Iterator[dict[str, Any]]:
        found: list[dict[str, Any]] = [{"Key": key, "LastModified": at} for key, at in self.stored.items()]
        yield {"Contents": [one for one in found if one["Key"].startswith(request["Prefix"])]}

    def upload_file(self, _file: str, bucket: str, key: str, **_options: Any) -> None:
        self.sent.append(f"s3://{bucket}/{key}")

    def download_file(self, _bucket: str, key: str, file: str) -> None:
        Path(file).write_text(key, encoding="utf-8")

    def head_object(self, **_request: Any) -> dict[str, Any]:
        return {"ContentLength": -1}


class Jobs:
    """SageMaker with transform jobs: the status and the execution that started each."""

    def __init__(self, **jobs: tuple[str, str]) -> None:
        self.jobs = jobs
        self.stopped: list[str] = []

    def describe_transform_job(self, **request: Any) -> dict[str, Any]:
        name = request["TransformJobName"]
        if name not in self.jobs:
            error = {"Code": "ValidationException", "Message": f"Could not find requested job with name: {name}"}
            raise ClientError({"Error": error}, "DescribeTransformJob")
        status, ended = self.jobs[name][0], START + timedelta(hours=1)
        times = {"TransformStartTime": START, "TransformEndTime": ended} if status == "Completed" else {}
        about = {"TransformJobName": name, "TransformJobArn": JOB_ARN + name, "TransformJobStatus": status}
        return {**about, "CreationTime": START, "TransformResources": RESOURCES, **times}

    def get_paginator(self, _operation: str) -> Pages:
        return Pages(self._tags)

    def _tags(self, **request: Any) -> Iterator[dict[str, Any]]:
        name = request["ResourceArn"].removeprefix(JOB_ARN)
        yield {"Tags": [{"Key": "slipway:execution", "Value": f"{EXECUTIONS}:{self.jobs[name][1]}"}]}

    def stop_transform_job(self, **request: Any) -> None:
        self.stopped.append(request["TransformJobName"])


class Workflow(FakeStepFunctions):
    """The workflow, of which executions are stopped."""

    def __init__(self, *recordings: dict[str, Any]) -> None:
        super().__init__(*recordings)
        self.stopped: list[str] = []

    def stop_execution(self, **request: Any) -> None:
        self.stopped.append(request["executionArn"].rpartition(":")[2])


def execution(name: str, job: str, outcome: str = "", started: datetime = START) -> dict[str, Any]:
    """Return an execution whose history says what it reads and which job it started or found."""
    request = {"TransformOutput": {"S3OutputPath": "s3://models-bucket/inference/x"}, "TransformResources": RESOURCES}
    output = json.dumps({"Outcome": outcome, "TransformJobName": job})
    ended = {"stopDate": started, "output": output} if outcome else {}
    description = {
        "executionArn": f"{EXECUTIONS}:{name}",
        "status": "SUCCEEDED" if outcome else "RUNNING",
        "startDate": started,
        "input": json.dumps(request),
        **ended,
    }
    results = {"InspectArtifact": {"Data": {"Objects": 3}}, "CreateTransformJob": {"TransformJobName": job}}
    events: list[dict[str, Any]] = []
    for state, payload in results.items():
        entered = {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": state}}
        succeeded = {"output": json.dumps({"Payload": payload})}
        events += [entered, {"type": "TaskSucceeded", "taskSucceededEventDetails": succeeded}]
    numbered = [{**event, "id": number, "timestamp": started} for number, event in enumerate(events, 1)]
    return {"description": description, "events": numbered}


OUTPUTS = {
    "inference/x/a.csv.out": START,
    "inference/x/sub/b.csv.out": START.replace(microsecond=0),
    "inference/x/before.csv.out": START - timedelta(days=1),
    "inference/x/notes.txt": START,
    "inference/xy/other.csv.out": START,
}


class Stack:
    """A stack that the command finds."""

    def __init__(self, jobs: Jobs, *recordings: dict[str, Any]) -> None:
        self.objects, self.jobs, self.workflow = Objects(OUTPUTS), jobs, Workflow(*recordings)
        clients = {"s3": self.objects, "sagemaker": jobs, "stepfunctions": self.workflow}
        outputs = {"TransformBatchStateMachineArn": MACHINE, "ModelBucketName": "models-bucket", "StateMachineArn": "x"}
        self.target = Target(Session(clients), "eu-west-1", known_outputs=outputs)


def run(monkeypatch: pytest.MonkeyPatch, stack: Stack, *arguments: str) -> Result:
    monkeypatch.setattr(batch, "find_target", lambda _choice: stack.target)
    return CliRunner().invoke(batch.command, arguments, catch_exceptions=False)


def finished() -> Stack:
    return Stack(Jobs(mine=("Completed", "first")), execution("first", "mine", "Transformed"))


def running() -> Stack:
    return Stack(Jobs(mine=("InProgress", "first")), execution("first", "mine"))


@pytest.mark.parametrize("named", ["first", f"{EXECUTIONS}:first", "mine"])
def test_a_job_is_found_by_its_name_and_by_its_execution(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    said = json.loads(run(monkeypatch, finished(), "status", named, "--json").stdout)
    assert (said["TransformJobName"], said["Status"], said["Outcome"]) == ("mine", "Completed", "Transformed")
    assert (said["Objects"], said["ObjectsDone"]) == (3, 2), "of this job: not those of before, and no other files"
    # Two ml.m5.large of $0.115 for an hour.
    assert (said["EstimatedCost"]["Job"], said["EstimatedCost"]["EndpointPerMonth"]) == (0.23, 167.9)


def test_the_list_names_the_job_as_json_does(monkeypatch: pytest.MonkeyPatch) -> None:
    [said] = json.loads(run(monkeypatch, finished(), "status", "--json").stdout)
    assert said["TransformJobName"] == "mine"
    assert run(monkeypatch, finished(), "status").stdout.splitlines()[1].startswith("mine ")


def test_a_job_that_runs_shows_its_objects_and_its_price(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, running(), "status", "mine").stdout
    assert "InProgress mine, 2 of 3 objects done" in said
    assert "about $0.230 an hour while it runs; an endpoint on the same instances costs $167.90 a month" in said


def test_waiting_prints_each_change_once_and_ends_with_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, finished(), "status", "mine", "--wait")
    assert result.exit_code == 0
    assert "Transformed, 2 of 3 objects done" in result.stdout


def test_outputs_of_a_job_that_was_found_again_are_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    later = execution("second", "mine", "AlreadyTransformed", START + timedelta(days=2))
    stack = Stack(Jobs(mine=("Completed", "first")), later, execution("first", "mine", "Transformed"))
    result = run(monkeypatch, stack, "download", "second", str(tmp_path))
    assert result.exit_code == 0
    files = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.out")}
    assert files == {"a.csv.out", "sub/b.csv.out"}


def test_a_key_cannot_leave_the_folder_of_a_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stack = finished()
    stack.objects.stored = {"inference/x/../../evil.out": START, "inference/x//etc/b.out": START}
    run(monkeypatch, stack, "download", "mine", str(tmp_path / "in"))
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.out")) == [
        "in/etc/b.out",
        "in/evil.out",
    ]


def test_stopping_stops_the_execution_and_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = running()
    said = json.loads(run(monkeypatch, stack, "stop", "mine", "--json").stdout)
    assert (stack.workflow.stopped, stack.jobs.stopped) == (["first"], ["mine"])
    assert said["Stopped"] == ["Execution first", "Transform job mine"]


def test_stopping_leaves_the_job_of_another_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(Jobs(mine=("InProgress", "another")), execution("first", "mine"))
    run(monkeypatch, stack, "stop", "first")
    assert (stack.workflow.stopped, stack.jobs.stopped) == (["first"], [])


def test_local_model_and_data_are_uploaded_and_lines_are_records(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "a.csv").write_text("1,2\n", encoding="utf-8")
    (tmp_path / "rows" / ".hidden").write_text("", encoding="utf-8")
    (tmp_path / "wine.joblib").write_bytes(b"model")
    stack = running()
    arguments = ("start", str(tmp_path / "wine.joblib"), "--data", str(tmp_path / "rows"), "--framework", "sklearn")
    result = run(monkeypatch, stack, *arguments, "--instance-count", "2", "--json")

    said = json.loads(result.stdout)
    document = said["Input"]
    archive, rows = stack.objects.sent
    assert document["ModelDataUrl"] == archive
    assert document["TransformInput"]["ContentType"] == "text/csv"
    assert document["TransformInput"]["SplitType"] == "Line"
    assert rows == f"{document['TransformInput']['DataSource']['S3DataSource']['S3Uri']}a.csv"
    assert document["TransformOutput"] == {
        "S3OutputPath": "s3://models-bucket/inference/wine/",
        "Accept": "text/csv",
        "AssembleWith": "Line",
    }
    # Eight hours, the default deadline, of two instances.
    assert said["EstimatedCost"]["JobAtMost"] == 1.84
    (started,) = stack.workflow.started
    assert (started["stateMachineArn"], json.loads(started["input"])) == (MACHINE, document)


def test_a_dry_run_shows_image_and_price_and_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = running()
    arguments = (
        "s3://my-bucket/m.tar.gz",
        "--data",
        "s3://my-bucket/rows/",
        "--framework",
        "sklearn",
        "--instance-type",
        "ml.m5.xlarge",
    )
    said = run(monkeypatch, stack, "start", *arguments, "--dry-run").stdout
    assert "sagemaker-scikit-learn" in said
    assert "about $0.230 an hour while it runs, and at most $1.84 until its deadline" in said
    assert stack.workflow.started == []


def test_other_content_types_are_not_split(tmp_path: Path) -> None:
    given = {"TransformInput": {"ContentType": "image/png"}}
    document = transform_request(given, tmp_path, "s3://my-bucket/m.tar.gz", "s3://my-bucket/images/").document
    assert "SplitType" not in document["TransformInput"]
    assert document["TransformOutput"].keys() == {"S3OutputPath"}


def test_data_is_needed_and_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match="There is no file"):
        transform_request({}, tmp_path, "s3://my-bucket/m.tar.gz", tmp_path / "nothing")
    with pytest.raises(FieldMissing, match="TransformInput"):
        transform_request({}, tmp_path, "s3://my-bucket/m.tar.gz")
