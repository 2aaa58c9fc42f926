"""Transform jobs on the engine, for unmodified clients: Step Functions, boto3, Airflow, the SDK and the aws command."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests import processes
from tests.contract.engine.laptop import IMAGE, REGION, Laptop, wait_until
from tests.contract.engine.test_engine_sagemaker_sdk import ALWAYS, SDK_PYTHON
from tests.unit.slipway_local.hosting.doubles import tar_gz

# Sums each row; a row with a text in it is a ValueError, which AWS's toolkit answers with 500. 1000 takes time.
SCRIPT = """
import time
def model_fn(model_dir): ...
def transform_fn(model, body, content_type, accept):
    rows = body.splitlines()
    time.sleep(0.2 if "1000" in body else 0)
    return "".join(f"{sum(map(int, row.split(',')))}\\n" for row in rows), accept
"""
BUCKET = "transformed"
GROUP = "/aws/sagemaker/TransformJobs"


@pytest.fixture(scope="session")
def model(laptop: Laptop, role: str) -> str:
    """A model, and objects of rows with an id."""
    s3 = laptop.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=tar_gz({"code/inference.py": SCRIPT}))
    for key, body in {
        "good/a.csv": "id-1,1,2\nid-2,3,4\n",
        "good/b.csv": "id-3,5,6",
        "bad/c.csv": "id-4,7,x",
        "slow/d.csv": "id,1000\n" * 200,
    }.items():
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


def outputs(laptop: Laptop, prefix: str = "out/") -> dict[str, str]:
    s3 = laptop.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
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


def test_a_stopped_workflow_stops_its_job(laptop: Laptop, role: str, model: str) -> None:
    """SFG "Discover service integration patterns": a run-a-job state that is aborted tries to stop the job."""
    request = {**job(model, "sums-3", "slow/"), "BatchStrategy": "SingleRecord"}
    sync = "arn:aws:states:::sagemaker:createTransformJob.sync"
    execution = laptop.start(
        role, "stopped", Transform={"Type": "Task", "Resource": sync, "Arguments": request, "End": True}
    )
    sagemaker = laptop.client("sagemaker")

    def status() -> str:
        listed = sagemaker.list_transform_jobs(NameContains="sums-3")["TransformJobSummaries"]
        return str(listed[0]["TransformJobStatus"]) if listed else ""

    wait_until(lambda: "sums-3/" in str(laptop.client("logs").describe_log_streams(logGroupName=GROUP)))
    laptop.client("stepfunctions").stop_execution(executionArn=execution)
    wait_until(lambda: status() == "Stopped")
    assert "out/d.csv.out" not in outputs(laptop), "a stopped job stores no output"


def test_the_calls_of_airflows_operator(laptop: Laptop, role: str, model: str) -> None:
    """The calls are those of apache/airflow, SageMakerTransformOperator.execute and SageMakerHook, in their order."""
    sagemaker, s3 = laptop.client("sagemaker"), laptop.client("s3")
    request = job("airflow", "airflow", "good/")
    # A name is free if describing it is a ValidationException.
    with pytest.raises(ClientError) as free:
        sagemaker.describe_transform_job(TransformJobName="airflow")
    assert free.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError) as free:
        sagemaker.describe_model(ModelName="airflow")
    assert free.value.response["Error"]["Code"] == "ValidationException"
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    sagemaker.create_model(ModelName="airflow", PrimaryContainer=container, ExecutionRoleArn=role)
    s3.head_bucket(Bucket=BUCKET)
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="in/good/", Delimiter="/", MaxKeys=1)["KeyCount"] == 1
    assert sagemaker.create_transform_job(**request)["ResponseMetadata"]["HTTPStatusCode"] == 200

    def described() -> dict[str, Any]:
        answer: dict[str, Any] = sagemaker.describe_transform_job(TransformJobName="airflow")
        return answer

    wait_until(lambda: described()["TransformJobStatus"] not in {"InProgress", "Stopping"})
    assert described()["TransformJobStatus"] == "Completed"
    assert sagemaker.describe_model(ModelName=described()["ModelName"])["ModelName"] == "airflow"


def client_settings(laptop: Laptop, home: Path) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "HOME": str(home)}
    return {"AWS_ENDPOINT_URL": laptop.url, "AWS_DEFAULT_REGION": REGION, "PATH": os.environ["PATH"], **keys}


def test_the_aws_command_line(laptop: Laptop, model: str, tmp_path: Path) -> None:
    def aws(*words: str) -> Any:
        printed = processes.run(["aws", *words], cwd=tmp_path, env=client_settings(laptop, tmp_path)).stdout
        return json.loads(printed) if printed.strip() else None

    output = {"S3OutputPath": f"s3://{BUCKET}/cli", "Accept": "text/csv", "AssembleWith": "Line"}
    (tmp_path / "job.json").write_text(json.dumps(job(model, "from-cli", "good/") | {"TransformOutput": output}))
    created = aws("sagemaker", "create-transform-job", "--cli-input-json", "file://job.json")
    assert created["TransformJobArn"].endswith(":transform-job/from-cli")
    sagemaker = laptop.client("sagemaker")
    # The command's own waiter is that of boto3, and asks once a minute.
    wait_until(
        lambda: sagemaker.describe_transform_job(TransformJobName="from-cli")["TransformJobStatus"] != "InProgress"
    )
    assert outputs(laptop, "cli/") == {"cli/a.csv.out": "id-1,3\nid-2,7\n", "cli/b.csv.out": "id-3,11\n"}


@pytest.mark.full
@pytest.mark.skipif(
    not SDK_PYTHON.exists() and not ALWAYS, reason="the SDK's environment is not made: `make bench` makes it"
)
def test_a_transformer_of_the_sdk(laptop: Laptop, model: str, tmp_path: Path) -> None:
    script = Path(__file__).with_name("transformer_script.py")
    arguments = [model, f"s3://{BUCKET}/in/good/", f"s3://{BUCKET}/sdk"]
    done = processes.run([SDK_PYTHON, script, *arguments], env=client_settings(laptop, tmp_path), cwd=tmp_path)
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["model"], said["output"], said["strategy"]) == (model, arguments[2], "MultiRecord")
    assert "MaxPayloadInMB=1, BatchStrategy=MULTI_RECORD" in done.stdout, "the job's log is shown"
    assert outputs(laptop, "sdk/") == {"sdk/a.csv.out": "id-1,3\nid-2,7\n", "sdk/b.csv.out": "id-3,11\n"}
