"""Transform jobs on the engine: a container over objects of S3, by Step Functions' own integration and by boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contract.engine.laptop import IMAGE, Laptop
from tests.unit.slipway_local.hosting.doubles import tar_gz

# Sums each row; a row with a text in it is a ValueError, which AWS's toolkit answers with 500.
SCRIPT = """
def model_fn(model_dir): ...
def transform_fn(model, body, content_type, accept):
    rows = body.splitlines()
    return "".join(f"{sum(map(int, row.split(',')))}\\n" for row in rows), accept
"""
BUCKET = "transformed"
GROUP = "/aws/sagemaker/TransformJobs"


@pytest.fixture(scope="module")
def model(laptop: Laptop, role: str) -> str:
    """A model, and objects of rows with an id."""
    s3 = laptop.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=tar_gz({"code/inference.py": SCRIPT}))
    for key, body in {"good/a.csv": "id-1,1,2\nid-2,3,4\n", "good/b.csv": "id-3,5,6", "bad/c.csv": "id-4,7,x"}.items():
        s3.put_object(Bucket=BUCKET, Key=f"in/{key}", Body=body)
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    laptop.client("sagemaker").create_model(ModelName="sums", PrimaryContainer=container, ExecutionRoleArn=role)
    return "sums"


def job(model: str, name: str, prefix: str) -> dict[str, Any]:
    return {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/{prefix}"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    }


def outputs(laptop: Laptop) -> dict[str, str]:
    s3 = laptop.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="out/").get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


def messages(laptop: Laptop, name: str) -> list[str]:
    """Return what is in the streams of a job."""
    logs = laptop.client("logs")
    events = logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix=f"{name}/")["events"]
    return [event["message"] for event in events]


def test_a_workflow_waits_for_its_job(laptop: Laptop, role: str, model: str) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync",
        "Arguments": job(model, "sums-1", "good/"),
        "End": True,
    }
    done = laptop.run(role, "transforms", Transform=state)

    assert json.loads(done["output"])["TransformJobStatus"] == "Completed"
    assert outputs(laptop) == {"out/a.csv.out": "id-1,3\nid-2,7\n", "out/b.csv.out": "id-3,11\n"}
    assert any("MaxConcurrentTransforms=1, MaxPayloadInMB=6" in line for line in messages(laptop, "sums-1"))

    failed = laptop.run(role, "transforms-again", Transform=state)
    assert failed["error"] == "SageMaker.ResourceInUseException"


def test_a_bad_row_fails_the_job_and_the_log_says_why(laptop: Laptop, model: str) -> None:
    sagemaker = laptop.client("sagemaker")
    sagemaker.create_transform_job(**job(model, "sums-2", ""))
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    with pytest.raises(Exception, match="terminal failure"):
        waiter.wait(TransformJobName="sums-2", WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    assert sagemaker.describe_transform_job(TransformJobName="sums-2")["FailureReason"] == (
        "AlgorithmError: See job logs for more information"
    )
    said = messages(laptop, "sums-2")
    assert any(f"{BUCKET}/in/bad/c.csv: Bad HTTP status received from algorithm: 500" in line for line in said)
    assert any("ValueError: invalid literal for int()" in line for line in said)
    assert {"out/good/a.csv.out", "out/good/b.csv.out"} <= outputs(laptop).keys()
    assert "out/bad/c.csv.out" not in outputs(laptop)
