"""Event-triggered deploys: an upload to the model bucket starts everything."""

from __future__ import annotations

import json

from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name


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
