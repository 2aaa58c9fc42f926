"""Transform jobs through the real template: rows joined with their input, a bad object, and uploaded data."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command_line import Slipway, said
from tests.integration.deployments import Account, endpoint_name, wait_for

OBJECTS, ROWS = 40, 250  # 10,000 rows
FEATURES = 8
MODEL = f"""
WEIGHTS = {[1, 3, 5, 7, 11, 13, 17, 19]}
def model_fn(model_dir): return WEIGHTS
def transform_fn(model, body, content_type, accept):
    rows = [list(map(int, row.split(","))) for row in body.splitlines()]
    return "".join("%d\\n" % sum(w * x for w, x in zip(model, row)) for row in rows), accept
"""


def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(MODEL)
        tar.addfile(member, io.BytesIO(MODEL.encode()))
    return buffer.getvalue()


def rows_of(number: int) -> list[list[int]]:
    """Return the rows of an object: an id, and the features."""
    ids = range(number * ROWS, (number + 1) * ROWS)
    return [[one, *((one * (k + 2)) % 97 for k in range(FEATURES))] for one in ids]


def expected(rows: list[list[int]]) -> str:
    """Return what the model answers in this process, beside the ids."""
    names: dict[str, Any] = {}
    exec(MODEL, names)
    body = "".join(",".join(map(str, row[1:])) + "\n" for row in rows)
    answers = names["transform_fn"](names["model_fn"](""), body, "text/csv", "text/csv")[0].splitlines()
    return "".join(f"{row[0]},{answer}\n" for row, answer in zip(rows, answers, strict=True))


def stored(account: Account, key: str) -> Any:
    """Return a JSON object of the model bucket; None where there is none."""
    try:
        return json.loads(content_of(account, key))
    except account.s3.exceptions.NoSuchKey:
        return None


def content_of(account: Account, key: str) -> bytes:
    """Return an object of the model bucket."""
    found: bytes = account.s3.get_object(Bucket=account.description.model_bucket, Key=key)["Body"].read()
    return found


@pytest.mark.full
def test_rows_are_transformed_and_one_bad_object_is_explained(
    account: Account, slipway: Slipway, tmp_path: Path
) -> None:
    # Given a model, and 10,000 rows in 40 objects
    name = endpoint_name("batch")
    model, data, fields = tmp_path / f"{name}.tar.gz", tmp_path / "data", tmp_path / "fields.json"
    model.write_bytes(archive())
    data.mkdir()
    for number in range(OBJECTS):
        (data / f"{number:02}.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows_of(number)))
    filters = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    fields.write_text(json.dumps({"Framework": "mxnet", "DataProcessing": filters}))
    start = ("batch", "start", str(model), "--data", str(data), "--input", str(fields), "--json")

    # When they are transformed
    done = said(slipway(*start, "--wait"))

    # Then each row has the answer of the model in this process
    assert (done["Outcome"], done["Objects"], done["ObjectsDone"]) == ("Transformed", OBJECTS, OBJECTS)
    assert done["EstimatedCost"] == done["Output"]["EstimatedCost"]
    job, results = done["TransformJobName"], tmp_path / "results"
    assert len(said(slipway("batch", "download", job, str(results), "--json"))["Files"]) == OBJECTS
    for number in range(OBJECTS):
        assert (results / f"{number:02}.csv.out").read_text() == expected(rows_of(number))

    # And the same again is the same job
    again = said(slipway(*start, "--wait"))
    assert (again["Outcome"], again["TransformJobName"]) == ("AlreadyTransformed", job)
    assert again["ObjectsDone"] == OBJECTS

    assert (said(slipway("batch", "status", "--limit", "1", "--json"))[0]["Outcome"]) == "AlreadyTransformed"
    assert said(slipway("batch", "stop", job, "--json"))["Stopped"] == []

    # And a malformed object fails the next job, by name and with the log's lines; the other objects have outputs
    for number in range(2, OBJECTS):
        (data / f"{number:02}.csv").unlink()
    (data / "malformed.csv").write_text("1,2,three\n")
    failed = slipway(*start, "--wait")
    assert failed.exit_code == 1
    ended = json.loads(failed.stdout)
    assert (ended["Status"], ended["Objects"], ended["ObjectsDone"]) == ("Failed", 3, 2)
    explanation = said(slipway("batch", "explain", ended["TransformJobName"], "--json"))["Explanation"]
    assert explanation["Error"] == "TransformJobFailed"
    log = "\n".join(explanation["LogTail"])
    assert "malformed.csv: Bad HTTP status received from algorithm: 500" in log
    assert "invalid literal for int" in log


def test_an_uploaded_manifest_starts_one_job_and_has_a_result(account: Account, slipway: Slipway) -> None:
    name = endpoint_name("uploaded")
    model = account.upload(f"models-of-data/{name}.tar.gz", archive())
    manifest = {"DataSource": {"S3DataSource": {"S3DataType": "ManifestFile"}}, "ContentType": "text/csv"}
    kinds = {"TransformInput": manifest, "TransformOutput": {"Accept": "text/csv"}}
    side_file = {"ModelDataUrl": model, "Framework": "mxnet", **kinds}
    account.upload(f"batch/{name}/batch.json", json.dumps(side_file).encode())
    prefix = account.upload(f"data/{name}/a.csv", b"1,1,1,1,1,1,1,1\n").removesuffix("a.csv")
    account.upload(f"data/{name}/b.csv", b"0,0,0,0,0,0,0,2\n")
    account.upload(f"batch/{name}/rows.csv", b"1,1,1,1,1,1,1,1\n")
    account.upload(f"batch/{name}/input/", b"")  # as a console creates a folder
    account.upload(f"batch/{name}/input/july/manifest", json.dumps([{"prefix": prefix}, "a.csv", "b.csv"]).encode())

    result = wait_for(lambda: stored(account, f"batch/{name}/results/july/manifest.json"))

    assert (result["Outcome"], result["Objects"]) == ("Transformed", 2)
    assert content_of(account, f"inference/{name}/july/a.csv.out") == b"76\n"  # the sum of the weights
    assert content_of(account, f"inference/{name}/july/b.csv.out") == b"38\n"
    assert wait_for(lambda: stored(account, f"batch/{name}/batch-result.json"))["Error"] == "UploadNotDeployed"
    status = said(slipway("batch", "status", result["TransformJobName"], "--json"))
    assert (status["ObjectsDone"], status["Execution"]) == (2, result["Execution"])
    jobs = account.sagemaker.list_transform_jobs(NameContains=name)["TransformJobSummaries"]
    assert [one["TransformJobName"] for one in jobs] == [result["TransformJobName"]]
