"""Event-triggered deploys: an upload to the model bucket starts everything."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests import processes
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name


def test_an_upload_through_boto3_deploys(account: Account) -> None:
    name = endpoint_name("upload")
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(2))
    ended = account.end_of_upload(key)
    assert (ended.error, ended.output["Outcome"]) == ("", "Created")
    assert account.invoke(name, [2])["sum"] == 4


def test_an_upload_through_the_aws_command_line_deploys(account: Account, tmp_path: Path, path_with_tools: str) -> None:
    name = endpoint_name("aws-cli")
    key = f"models/{name}/model.tar.gz"
    (tmp_path / "model.tar.gz").write_bytes(archives.answering(3))
    environment = {
        "PATH": path_with_tools,
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": account.description.endpoint_url,
        "AWS_DEFAULT_REGION": account.description.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    command = ["aws", "s3", "cp", "model.tar.gz", f"s3://{account.description.model_bucket}/{key}"]
    processes.run(command, cwd=tmp_path, env={**os.environ, **environment})
    assert account.end_of_upload(key).output["Outcome"] == "Created"
    assert account.invoke(name, [2])["sum"] == 6


def test_a_side_file_says_how_to_host(account: Account) -> None:
    name = endpoint_name("side-file")
    side_file = {"InstanceType": "ml.c5.xlarge", "InitialInstanceCount": 2, "Environment": {"LOG_LEVEL": "debug"}}
    account.upload(f"models/{name}/deployment.json", json.dumps(side_file).encode())
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(4))
    output = account.end_of_upload(key).output
    config = account.sagemaker.describe_endpoint_config(EndpointConfigName=output["EndpointConfigName"])
    variant = config["ProductionVariants"][0]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.c5.xlarge", 2)
    model = account.sagemaker.describe_model(ModelName=output["ModelName"])
    assert model["PrimaryContainer"]["Environment"]["LOG_LEVEL"] == "debug"


def test_a_side_file_with_an_unknown_field_is_refused_by_name(account: Account) -> None:
    name = endpoint_name("side-slip")
    account.upload(f"models/{name}/deployment.json", b'{"InstanceTyp": "ml.m5.large"}')
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(5))
    ended = account.end_of_upload(key)
    assert ended.error == "FieldUnknown"
    assert "InstanceTyp is not a field of a deployment: did you mean InstanceType" in ended.cause["Message"]
    assert account.made_for(name) == {"Models": [], "EndpointConfigs": [], "Endpoints": []}


def test_other_uploads_start_nothing(account: Account) -> None:
    name = endpoint_name("ignored")
    account.upload(f"models/{name}/readme.txt", b"not an archive")
    account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(6))
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(6))
    account.end_of_upload(key)
    assert account.executions_of(f"models/{name}/readme.txt") == []
    assert account.executions_of(f"elsewhere/{name}/model.tar.gz") == []


def test_the_same_upload_twice_ends_already_deployed(account: Account) -> None:
    name = endpoint_name("again")
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(7))
    account.end_of_upload(key)
    account.upload(key, archives.answering(7))
    outcomes = sorted(account.end_of(arn).output["Outcome"] for arn in _executions(account, key, 2))
    assert outcomes == ["AlreadyDeployed", "Created"]


def _executions(account: Account, key: str, count: int) -> list[str]:
    account.end_of_upload(key, count)
    return account.executions_of(key)


def test_an_event_that_comes_late_ends_superseded(account: Account) -> None:
    name = endpoint_name("late")
    first, second = f"models/{name}/first.tar.gz", f"models/{name}/second.tar.gz"
    account.upload(first, archives.answering(8))
    account.end_of_upload(first)
    account.upload(second, archives.answering(9))
    account.end_of_upload(second)
    made = account.made_for(name)
    ended = account.end_of(account.start(_event_of(account, first)))
    assert ended.output["Outcome"] == "Superseded"
    assert account.invoke(name, [1])["factor"] == 9
    assert account.made_for(name) == made


def test_an_event_of_an_overwritten_archive_ends_superseded(account: Account) -> None:
    name = endpoint_name("overwritten")
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(2))
    account.end_of_upload(key)
    old = _event_of(account, key)
    account.upload(key, archives.answering(3))
    account.end_of_upload(key, 2)
    assert account.end_of(account.start(old)).output["Outcome"] == "Superseded"
    assert account.invoke(name, [1])["factor"] == 3


def _event_of(account: Account, key: str) -> object:
    arn = account.executions_of(key)[-1]
    return json.loads(account.stepfunctions.describe_execution(executionArn=arn)["input"])
