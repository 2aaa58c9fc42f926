"""Plain boto3 and the plain `aws` command line: only endpoint, region and dummy credentials are set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests import processes
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name


def test_the_aws_command_line_uploads_a_model_waits_invokes_and_deletes(
    account: Account, tmp_path: Path, path_with_tools: str
) -> None:
    environment = {"PATH": path_with_tools, "HOME": str(tmp_path), **account.environment}

    def aws(*words: str) -> Any:
        printed = processes.run(["aws", *words], cwd=tmp_path, env=environment).stdout
        return json.loads(printed) if printed.strip().startswith(("{", "[")) else printed

    name = endpoint_name("plain")
    key = f"models/{name}/model.tar.gz"
    (tmp_path / "model.tar.gz").write_bytes(archives.answering(4))
    (tmp_path / "request.json").write_text("[1, 2, 3]", encoding="utf-8")

    aws("s3", "cp", "model.tar.gz", f"s3://{account.description.model_bucket}/{key}")
    ended = account.end_of_upload(key)
    aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", name)

    described = aws("stepfunctions", "describe-execution", "--execution-arn", ended.arn)
    assert json.loads(described["output"])["Outcome"] == "Created"
    target = ("--endpoint-name", name, "--content-type", "application/json", "--body", "fileb://request.json")
    assert aws("sagemaker-runtime", "invoke-endpoint", *target, "answer.json")["ContentType"] == "application/json"
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["sum"] == 24
    aws("sagemaker", "delete-endpoint", "--endpoint-name", name)
    aws("sagemaker", "wait", "endpoint-deleted", "--endpoint-name", name)
    assert account.made_for(name)["Endpoints"] == []


def test_boto3_needs_nothing_but_the_environment(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in account.environment.items():
        monkeypatch.setenv(variable, value)
    name = endpoint_name("boto3")
    key = f"models/{name}/model.tar.gz"

    boto3.client("s3").put_object(Bucket=account.description.model_bucket, Key=key, Body=archives.answering(5))
    account.end_of_upload(key)

    waiter = boto3.client("sagemaker").get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    answer = boto3.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, ContentType="application/json", Body=b"[2, 2]"
    )
    assert json.loads(answer["Body"].read())["sum"] == 20
