"""Plain boto3 and the plain `aws` command line: only endpoint, region and dummy credentials are set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests import processes
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name

Aws = Callable[..., Any]


@pytest.fixture
def aws(account: Account, path_with_tools: str, tmp_path: Path) -> Aws:
    """Return a function that runs `aws` in an empty environment and returns its JSON."""
    environment = {
        "PATH": path_with_tools,
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": account.description.endpoint_url,
        "AWS_DEFAULT_REGION": account.description.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }

    def run(*words: str) -> Any:
        done = processes.run(["aws", *words], cwd=tmp_path, env=environment)
        return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else done.stdout

    return run


def test_a_model_is_uploaded_started_waited_for_invoked_and_deleted(account: Account, aws: Aws, tmp_path: Path) -> None:
    name = endpoint_name("plain")
    (tmp_path / "model.tar.gz").write_bytes(archives.answering(4))
    uri = f"s3://{account.description.model_bucket}/mine/{name}.tar.gz"
    request = {"EndpointName": name, "ModelDataUrl": uri, "Framework": "sklearn", "InstanceType": "ml.m5.large"}
    aws("s3", "cp", "model.tar.gz", uri)
    machine = account.description.state_machine_arn
    arn = aws("stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", json.dumps(request))
    account.end_of(arn["executionArn"])
    aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", name)
    ended = aws("stepfunctions", "describe-execution", "--execution-arn", arn["executionArn"])
    assert json.loads(ended["output"])["Outcome"] == "Created"
    assert aws("sagemaker", "describe-endpoint", "--endpoint-name", name)["EndpointStatus"] == "InService"
    (tmp_path / "request.json").write_text("[1, 2, 3]", encoding="utf-8")
    target = ("--endpoint-name", name, "--content-type", "application/json", "--body", "fileb://request.json")
    answer = aws("sagemaker-runtime", "invoke-endpoint", *target, "answer.json")
    assert answer["ContentType"] == "application/json"
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["sum"] == 24
    aws("sagemaker", "delete-endpoint", "--endpoint-name", name)
    aws("sagemaker", "wait", "endpoint-deleted", "--endpoint-name", name)
    assert aws("sagemaker", "list-endpoints", "--name-contains", name)["Endpoints"] == []


def test_boto3_needs_nothing_but_the_environment(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.description.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", account.description.region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    name = endpoint_name("boto3")
    key = f"models/{name}/model.tar.gz"
    boto3.client("s3").put_object(Bucket=account.description.model_bucket, Key=key, Body=archives.answering(5))
    account.end_of_upload(key)
    sagemaker = boto3.client("sagemaker")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    answer = boto3.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, ContentType="application/json", Body=b"[2, 2]"
    )
    assert json.loads(answer["Body"].read())["sum"] == 20
    sagemaker.delete_endpoint(EndpointName=name)
