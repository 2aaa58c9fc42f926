"""Event-triggered deploys: an upload to the model bucket starts everything."""

from __future__ import annotations

import json
from typing import Any

from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name, wait_for


def test_a_side_file_says_how_to_host_and_other_uploads_start_nothing(account: Account) -> None:
    name = endpoint_name("side-file")
    side_file = {"InstanceType": "ml.c5.xlarge", "InitialInstanceCount": 2, "Environment": {"LOG_LEVEL": "debug"}}
    account.upload(f"models/{name}/deployment.json", json.dumps(side_file).encode())
    account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(4))
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(4))

    output = account.end_of_upload(key).output

    config = account.sagemaker.describe_endpoint_config(EndpointConfigName=output["EndpointConfigName"])
    variant = config["ProductionVariants"][0]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.c5.xlarge", 2)
    model = account.sagemaker.describe_model(ModelName=output["ModelName"])
    assert model["PrimaryContainer"]["Environment"]["LOG_LEVEL"] == "debug"
    assert account.executions_of(f"models/{name}/deployment.json") == []
    assert account.executions_of(f"elsewhere/{name}/model.tar.gz") == []


def test_an_event_of_an_overwritten_archive_ends_superseded(account: Account) -> None:
    name = endpoint_name("overwritten")
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(2))
    first = account.end_of_upload(key)
    account.upload(key, archives.answering(3))
    account.end_of_upload(key, 2)
    made = account.made_for(name)
    event = json.loads(account.stepfunctions.describe_execution(executionArn=first.arn)["input"])

    assert account.deploy(event)["Outcome"] == "Superseded"

    assert account.invoke(name, [1])["factor"] == 3
    assert account.made_for(name) == made


def test_the_result_of_an_upload_is_stored_beside_it(account: Account) -> None:
    name = endpoint_name("result")
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(2))
    ended = account.end_of_upload(key)

    found = _result(account, f"models/{name}")

    assert (found["Outcome"], found["Execution"], found["Archive"]["Key"]) == ("Created", ended.arn, key)
    assert found["EndpointConfigName"] == ended.output["EndpointConfigName"]
    assert account.executions_of(f"models/{name}/deployment-result.json") == []


def test_an_execution_that_is_stopped_and_an_upload_that_deploys_nothing_have_results(account: Account) -> None:
    name = endpoint_name("stopped")
    account.upload(f"models/{name}/model.joblib", b"weights")
    assert wait_for(lambda: _error(account, f"models/{name}")) == "UploadNotDeployed"
    key = f"models/{name}/model.tar.gz"
    account.upload(key, archives.answering(2))
    (arn,) = wait_for(lambda: account.executions_of(key) or None)

    account.stepfunctions.stop_execution(executionArn=arn)

    # Where it has ended before it was stopped, it has written its own.
    status = account.stepfunctions.describe_execution(executionArn=arn)["status"]
    outcome = {"ABORTED": "Aborted", "SUCCEEDED": "Created"}[status]
    assert wait_for(lambda: _outcome(account, f"models/{name}", outcome))["Archive"]["Key"] == key


def _result(account: Account, folder: str) -> dict[str, Any]:
    bucket = account.description.model_bucket
    body = account.s3.get_object(Bucket=bucket, Key=f"{folder}/deployment-result.json")["Body"]
    found: dict[str, Any] = json.loads(body.read())
    return found


def _error(account: Account, folder: str) -> str | None:
    try:
        return str(_result(account, folder)["Error"])
    except account.s3.exceptions.NoSuchKey:
        return None


def _outcome(account: Account, folder: str, outcome: str) -> dict[str, Any] | None:
    found = _result(account, folder)
    return found if found["Outcome"] == outcome else None
