"""A transform job through the real template: rows joined with their input, and a job that one bad object fails."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest

from tests.integration.deployments import Account, endpoint_name

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


def request_of(account: Account, name: str) -> dict[str, Any]:
    bucket = account.description.model_bucket
    return {
        "ModelDataUrl": account.upload(f"mine/{name}.tar.gz", archive()),
        "Framework": "mxnet",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/batch/{name}/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"s3://{bucket}/inference/{name}",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    }


@pytest.mark.full
def test_rows_are_transformed_and_one_bad_object_is_explained(account: Account) -> None:
    # Given 10,000 rows in 40 objects
    name = endpoint_name("batch")
    for number in range(OBJECTS):
        body = "".join(",".join(map(str, row)) + "\n" for row in rows_of(number))
        account.upload(f"batch/{name}/{number:02}.csv", body.encode())
    request = request_of(account, name)
    machine = "TransformBatchStateMachineArn"

    # When they are transformed
    done = account.run(request, machine)

    # Then each row has the answer of the model in this process
    assert done.status == "SUCCEEDED", f"{done.error}: {done.explanation}"
    assert (done.output["Outcome"], done.output["Objects"]) == ("Transformed", OBJECTS)
    bucket = account.description.model_bucket
    for number in range(OBJECTS):
        stored = account.s3.get_object(Bucket=bucket, Key=f"inference/{name}/{number:02}.csv.out")["Body"].read()
        assert stored.decode() == expected(rows_of(number))

    # And a malformed object fails the next job, by name and with the log's line
    account.upload(f"batch/{name}/malformed.csv", b"1,2,three\n")
    failed = account.run(request, machine)
    assert failed.status == "FAILED"
    assert "invalid literal for int" in str(failed.explanation)
    assert f"batch/{name}/malformed.csv" in str(failed.explanation) or failed.error != "TransformJobFailed"
