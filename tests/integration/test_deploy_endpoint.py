"""Deployments that succeed: create, the same again, update, redeploy, restore; and two at once."""

from __future__ import annotations

import json
from typing import Any

from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name, wait_for


def hosting(name: str, uri: str, framework: str = "mxnet") -> dict[str, object]:
    """Return the smallest whole input.

    MXNet's image serves with the inference toolkit, which starts in a quarter of scikit-learn's processor time. It
    answers the ping before the model is loaded: an archive whose container is to fail needs another framework.
    """
    return {"EndpointName": name, "ModelDataUrl": uri, "Framework": framework, "InstanceType": "ml.m5.large"}


def test_an_execution_creates_an_endpoint_that_answers_and_repeating_it_changes_nothing(account: Account) -> None:
    name, queue = endpoint_name("created"), _queue_of_events(account)
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(2))
    request = hosting(name, uri, "sklearn") | {"Tags": [{"Key": "team", "Value": "vision"}]}

    ended = account.run(request)

    output = ended.output
    assert (ended.status, output["Outcome"], output["EndpointName"]) == ("SUCCEEDED", "Created", name)
    endpoint = account.sagemaker.describe_endpoint(EndpointName=name)
    assert endpoint["EndpointStatus"] == "InService"
    assert account.invoke(name, [1, 2, 3]) == {"sum": 12, "factor": 2}
    made = account.made_for(name)
    assert made == {
        "Models": [output["ModelName"]],
        "EndpointConfigs": [output["EndpointConfigName"]],
        "Endpoints": [name],
    }
    assert output["EndpointArn"] == endpoint["EndpointArn"]
    assert "sagemaker-scikit-learn" in output["ImageUri"]
    assert output["Timings"]["Seconds"] > 0
    assert output["Warnings"] == [], "role and quota were read, and the archive whole"
    config = account.sagemaker.describe_endpoint_config(EndpointConfigName=output["EndpointConfigName"])
    model = account.sagemaker.describe_model(ModelName=output["ModelName"])
    for arn in (endpoint["EndpointArn"], config["EndpointConfigArn"], model["ModelArn"]):
        tags = {tag["Key"]: tag["Value"] for tag in account.sagemaker.list_tags(ResourceArn=arn)["Tags"]}
        assert (tags["team"], tags["slipway:execution"], tags["slipway:stack"]) == ("vision", ended.arn, "slipway")
        assert tags["slipway:artifact"].startswith(uri)
    event = wait_for(lambda: _event_about(account, queue, name))
    assert (event["source"], event["detail-type"]) == ("slipway", "Deployment Succeeded")
    assert event["detail"]["Outcome"] == "Created"

    assert account.deploy(request)["Outcome"] == "AlreadyDeployed"

    assert account.made_for(name) == made
    again = account.sagemaker.describe_endpoint(EndpointName=name)
    assert again["LastModifiedTime"] == endpoint["LastModifiedTime"]


def test_an_endpoint_is_updated_in_place_and_restored_to_a_version_whose_archive_was_overwritten(
    account: Account,
) -> None:
    name = endpoint_name("updated")
    key = f"elsewhere/{name}/model.tar.gz"
    first = account.deploy(hosting(name, account.upload(key, archives.answering(4))))
    created = account.sagemaker.describe_endpoint(EndpointName=name)["CreationTime"]

    assert account.deploy(hosting(name, account.upload(key, archives.answering(5))))["Outcome"] == "Updated"

    assert account.invoke(name, [1])["factor"] == 5
    assert account.sagemaker.describe_endpoint(EndpointName=name)["CreationTime"] == created
    redeployment = {"EndpointName": name, "EndpointConfigName": first["EndpointConfigName"]}

    assert account.deploy(redeployment)["Outcome"] == "Redeployed"

    assert account.invoke(name, [1])["factor"] == 4
    account.delete(name)

    assert account.deploy(redeployment)["Outcome"] == "Redeployed"

    assert account.invoke(name, [1])["factor"] == 4


def test_two_deployments_of_one_endpoint_take_turns(account: Account) -> None:
    name = endpoint_name("in-turn")
    uris = [account.upload(f"elsewhere/{name}/{factor}.tar.gz", archives.answering(factor)) for factor in (10, 11)]
    arns = [account.start(hosting(name, uri)) for uri in uris]
    outcomes = sorted(account.end_of(arn).output["Outcome"] for arn in arns)
    # Whichever is first; on a fast clock the newer one may be in service before the older one has been seen to be.
    assert outcomes in (["Created", "Updated"], ["Created", "Superseded"], ["Superseded", "Updated"])
    assert account.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"


def _queue_of_events(account: Account) -> str:
    sqs, events = account.client("sqs"), account.client("events")
    name = endpoint_name("events")
    url = str(sqs.create_queue(QueueName=name)["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["slipway"]}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    return url


def _event_about(account: Account, queue: str, name: str) -> dict[str, Any] | None:
    messages = account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    events = [json.loads(message["Body"]) for message in messages]
    return next((event for event in events if event["detail"].get("EndpointName") == name), None)
