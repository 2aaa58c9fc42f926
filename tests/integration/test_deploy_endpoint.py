"""Deployments that end well: create, update, the same again, redeploy."""

from __future__ import annotations

import json

from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name


def hosting(name: str, uri: str) -> dict[str, object]:
    """Return the smallest whole input."""
    return {"EndpointName": name, "ModelDataUrl": uri, "Framework": "sklearn", "InstanceType": "ml.m5.large"}


def test_an_execution_creates_an_endpoint_that_answers(account: Account) -> None:
    name = endpoint_name("created")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(2))
    ended = account.run(hosting(name, uri))
    assert ended.status == "SUCCEEDED"
    assert ended.output["Outcome"] == "Created"
    assert ended.output["EndpointName"] == name
    assert account.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
    assert account.invoke(name, [1, 2, 3]) == {"sum": 12, "factor": 2}


def test_the_output_names_everything_that_was_made(account: Account) -> None:
    name = endpoint_name("named")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(1))
    output = account.run(hosting(name, uri)).output
    made = account.made_for(name)
    assert made == {
        "Models": [output["ModelName"]],
        "EndpointConfigs": [output["EndpointConfigName"]],
        "Endpoints": [name],
    }
    assert output["EndpointArn"].endswith(f":endpoint/{name}")
    assert "sagemaker-scikit-learn" in output["ImageUri"]
    assert output["Timings"]["Seconds"] > 0
    assert output["Warnings"] == [], "role and quota were read, and the archive whole"


def test_the_same_request_twice_changes_nothing(account: Account) -> None:
    name = endpoint_name("twice")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(3))
    first = account.run(hosting(name, uri))
    made = account.made_for(name)
    before = account.sagemaker.describe_endpoint(EndpointName=name)
    second = account.run(hosting(name, uri))
    assert (first.output["Outcome"], second.output["Outcome"]) == ("Created", "AlreadyDeployed")
    assert account.made_for(name) == made
    after = account.sagemaker.describe_endpoint(EndpointName=name)
    assert after["LastModifiedTime"] == before["LastModifiedTime"]


def test_a_new_archive_under_the_same_key_updates_the_endpoint_in_place(account: Account) -> None:
    name = endpoint_name("updated")
    key = f"elsewhere/{name}/model.tar.gz"
    account.run(hosting(name, account.upload(key, archives.answering(4))))
    created = account.sagemaker.describe_endpoint(EndpointName=name)["CreationTime"]
    ended = account.run(hosting(name, account.upload(key, archives.answering(5))))
    assert ended.output["Outcome"] == "Updated"
    assert account.invoke(name, [1])["factor"] == 5
    assert account.sagemaker.describe_endpoint(EndpointName=name)["CreationTime"] == created


def test_a_version_comes_back_though_its_archive_was_overwritten(account: Account) -> None:
    name = endpoint_name("overwritten")
    key = f"elsewhere/{name}/model.tar.gz"
    first = account.deploy(hosting(name, account.upload(key, archives.answering(6))))
    account.deploy(hosting(name, account.upload(key, archives.answering(7))))
    account.deploy({"EndpointName": name, "EndpointConfigName": first["EndpointConfigName"]})
    assert account.invoke(name, [1])["factor"] == 6


def test_an_existing_configuration_is_redeployed_by_name(account: Account) -> None:
    name = endpoint_name("rolled-back")
    key = f"elsewhere/{name}/model.tar.gz"
    first = account.run(hosting(name, account.upload(key, archives.answering(6))))
    old_key = account.upload(f"elsewhere/{name}/second.tar.gz", archives.answering(7))
    account.run(hosting(name, old_key))
    assert account.invoke(name, [1])["factor"] == 7
    ended = account.run({"EndpointName": name, "EndpointConfigName": first.output["EndpointConfigName"]})
    assert ended.output["Outcome"] == "Redeployed"
    assert account.invoke(name, [1])["factor"] == 6


def test_a_deleted_endpoint_is_woken_by_its_configuration(account: Account) -> None:
    name = endpoint_name("woken")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(8))
    config = account.run(hosting(name, uri)).output["EndpointConfigName"]
    account.sagemaker.delete_endpoint(EndpointName=name)
    account.sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    ended = account.run({"EndpointName": name, "EndpointConfigName": config})
    assert ended.output["Outcome"] == "Redeployed"
    assert account.invoke(name, [1])["factor"] == 8


def test_what_is_made_carries_its_origin_as_tags(account: Account) -> None:
    name = endpoint_name("tagged")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(9))
    request = hosting(name, uri) | {"Tags": [{"Key": "team", "Value": "vision"}]}
    ended = account.run(request)
    endpoint = account.sagemaker.describe_endpoint(EndpointName=name)
    config = account.sagemaker.describe_endpoint_config(EndpointConfigName=ended.output["EndpointConfigName"])
    model = account.sagemaker.describe_model(ModelName=ended.output["ModelName"])
    for arn in (endpoint["EndpointArn"], config["EndpointConfigArn"], model["ModelArn"]):
        tags = {tag["Key"]: tag["Value"] for tag in account.sagemaker.list_tags(ResourceArn=arn)["Tags"]}
        assert tags["team"] == "vision"
        assert tags["slipway:execution"] == ended.arn
        assert tags["slipway:stack"] == "slipway"
        assert tags["slipway:artifact"].startswith(uri)


def test_two_deployments_of_one_endpoint_take_turns(account: Account) -> None:
    name = endpoint_name("in-turn")
    uris = [account.upload(f"elsewhere/{name}/{factor}.tar.gz", archives.answering(factor)) for factor in (10, 11)]
    arns = [account.start(hosting(name, uri)) for uri in uris]
    outcomes = sorted(account.end_of(arn).output["Outcome"] for arn in arns)
    # Whichever is first; on a fast clock the newer one may be in service before the older one has been seen to be.
    assert outcomes in (["Created", "Updated"], ["Created", "Superseded"], ["Superseded", "Updated"])
    assert account.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"


def test_the_outcome_is_announced_on_the_event_bus(account: Account) -> None:
    queue_url, arn = _queue_of_events(account)
    name = endpoint_name("announced")
    account.run(hosting(name, account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(12))))
    sqs = account.stack.client("sqs")
    details = []
    for _ in range(20):
        messages = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        details += [json.loads(message["Body"]) for message in messages.get("Messages", [])]
        if any(event["detail"].get("EndpointName") == name for event in details):
            break
    event = next(event for event in details if event["detail"].get("EndpointName") == name)
    assert (event["source"], event["detail-type"], event["detail"]["Outcome"]) == (
        "slipway",
        "Deployment Succeeded",
        "Created",
    )
    assert arn


def _queue_of_events(account: Account) -> tuple[str, str]:
    sqs, events = account.stack.client("sqs"), account.stack.client("events")
    url = sqs.create_queue(QueueName=endpoint_name("events"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="slipway-events", EventPattern=json.dumps({"source": ["slipway"]}))
    events.put_targets(Rule="slipway-events", Targets=[{"Id": "queue", "Arn": arn}])
    return url, arn
