"""Idle cleanup and the workflow together: deployed, left alone, deleted, announced, and woken as it was."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from slipway.aws.tag_index import Boto3TagIndex
from slipway.deployment.tags import IDLE_ANNOUNCED_AT, IDLE_DELETED_AT, IDLE_SINCE
from slipway_cli.sdk.versions import config_by_tags
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.idle_cleanup import clean_up
from tests.workflow.inventory import inventory
from tests.workflow.world import World

NAME = "digits"
RESOURCE = f"endpoint/{NAME}/variant/AllTraffic"
BOUNDS = {"MinCapacity": 2, "MaxCapacity": 6, "TargetInvocationsPerInstance": 600}
DAYS = 86_400.0


def deploy(world: World, weights: str = "first", **fields: Any) -> dict[str, Any]:
    """Deploy an archive well; return the output."""
    world.upload(f"archives/{weights}.tar.gz", weights)
    uri = f"s3://{MODEL_BUCKET}/archives/{weights}.tar.gz"
    about = {"EndpointName": NAME, "ModelDataUrl": uri, "Framework": "sklearn", "InstanceType": "ml.m5.large"}
    execution = world.deploy({**about, **fields})
    assert execution.status == "SUCCEEDED", execution.cause
    output: dict[str, Any] = execution.output
    return output


def tags_of(world: World, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in world.sagemaker.call("ListTags", {"ResourceArn": arn})["Tags"]}


def config_tags(world: World, name: str) -> dict[str, str]:
    found = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": name})
    return tags_of(world, found["EndpointConfigArn"])


def endpoint_tags(world: World, name: str = NAME) -> dict[str, str]:
    return tags_of(world, world.sagemaker.call("DescribeEndpoint", {"EndpointName": name})["EndpointArn"])


def announced(world: World) -> list[dict[str, Any]]:
    entries = world.services.announced
    return [json.loads(entry["Detail"]) for entry in entries if entry["DetailType"] == "Idle Endpoint Deleted"]


def put_to_sleep(world: World, **settings: Any) -> dict[str, Any]:
    """Let two days pass without an invocation, and clean up."""
    world.time.pass_(2 * DAYS)
    report = clean_up(world, **settings)
    world.settle()
    return report


def test_an_idle_endpoint_is_deleted_announced_and_wakes(world: World) -> None:
    output = deploy(world)

    report = put_to_sleep(world)

    config = output["EndpointConfigName"]
    (event,) = announced(world)
    assert report["IsComplete"], report["Warnings"]
    assert report["Deleted"] == [event]
    assert inventory(world.sagemaker).endpoints == {}
    assert event["WakeInput"] == {"EndpointName": NAME, "EndpointConfigName": config}
    assert event["IdleMinutes"] > 1440
    assert event["EstimatedCostPerHour"]["Amount"] > 0
    (notification,) = world.services.idle.notifications
    assert f"The endpoint {NAME} was deleted" in notification["Message"]
    tags = config_tags(world, config)
    assert tags[IDLE_DELETED_AT] == tags[IDLE_ANNOUNCED_AT] > tags[IDLE_SINCE]
    assert world.deploy(event["WakeInput"]).outcome == "Redeployed"
    assert inventory(world.sagemaker).endpoints[NAME] == ("InService", config)


def test_an_endpoint_wakes_with_the_scaling_and_the_policy_that_it_had(world: World) -> None:
    config = deploy(world, AutoScaling=BOUNDS, IdleAfterMinutes=60)["EndpointConfigName"]
    policy = world.services.scaling.policies[RESOURCE]
    put_to_sleep(world)
    assert world.services.scaling.targets == {}

    execution = world.deploy({"EndpointName": NAME, "EndpointConfigName": config})

    assert execution.outcome == "Redeployed"
    target = world.services.scaling.targets[RESOURCE]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 6)
    assert world.services.scaling.policies[RESOURCE] == policy
    assert endpoint_tags(world)["slipway:idle-after-minutes"] == "60"


def test_an_upload_wakes_an_endpoint_with_the_scaling_and_the_policy_that_it_had(world: World) -> None:
    deploy(world, AutoScaling=BOUNDS, IdleAfterMinutes=60)
    put_to_sleep(world)

    execution = world.deploy(world.upload(f"models/{NAME}/newer.tar.gz", "newer"))

    assert execution.outcome == "Created"
    assert world.services.scaling.targets[RESOURCE]["MaxCapacity"] == 6
    assert endpoint_tags(world)["slipway:idle-after-minutes"] == "60"


def test_what_was_deleted_on_purpose_leaves_nothing_to_what_comes_after_it(world: World) -> None:
    deploy(world, AutoScaling=BOUNDS, Protected=True)
    world.sagemaker.call("DeleteEndpoint", {"EndpointName": NAME})
    world.services.scaling.targets.clear()
    world.settle()

    deploy(world, "second")

    assert world.services.scaling.targets == {}
    assert "slipway:protected" not in endpoint_tags(world)


def test_a_woken_endpoint_is_not_deleted_at_once(world: World) -> None:
    config = deploy(world)["EndpointConfigName"]
    put_to_sleep(world)
    waking = world.start({"EndpointName": NAME, "EndpointConfigName": config})
    world.run_for(10)

    while_waking = clean_up(world)["Verdicts"]
    world.run()

    assert (while_waking, waking.outcome) == ({"Waking": 1}, "Redeployed")
    assert clean_up(world)["Verdicts"] == {"TooYoung": 1}
    world.time.pass_(2 * DAYS)
    assert clean_up(world)["Verdicts"] == {"Idle": 1}
    assert len(announced(world)) == 2


def test_a_busy_one_and_a_protected_one_stay(world: World) -> None:
    deploy(world, EndpointName="busy")
    deploy(world, EndpointName="precious", Protected=True)
    deploy(world, EndpointName="idle")
    world.time.pass_(2 * DAYS)
    world.services.idle.invoked["busy"] = [world.time.now() - timedelta(minutes=90)]

    report = clean_up(world)
    world.settle()

    assert report["Verdicts"] == {"Idle": 1, "Active": 1, "Protected": 1}
    assert set(inventory(world.sagemaker).endpoints) == {"busy", "precious"}


def test_protection_outlives_an_update_and_ends_when_it_is_said(world: World) -> None:
    deploy(world, Protected=True)

    deploy(world, "second")
    kept = endpoint_tags(world)["slipway:protected"]
    again = world.deploy({"EndpointName": NAME, "EndpointConfigName": _serving(world), "Protected": False})

    assert (kept, again.outcome) == ("true", "AlreadyDeployed")
    assert endpoint_tags(world)["slipway:protected"] == "false"
    assert put_to_sleep(world)["Verdicts"] == {"Idle": 1}


def _serving(world: World) -> str:
    return str(world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})["EndpointConfigName"])


def test_a_dry_run_changes_nothing(world: World) -> None:
    deploy(world)
    before = world.there()

    report = put_to_sleep(world, idle_cleanup="DryRun")

    assert report["Verdicts"] == {"Idle": 1}
    assert (len(report["IdleAndLeft"]), report["Deleted"]) == (1, [])
    assert world.there() == before
    assert (announced(world), world.services.idle.notifications) == ([], [])


def test_what_is_disabled_asks_nothing(world: World) -> None:
    deploy(world)
    world.calls.clear()

    report = put_to_sleep(world, idle_cleanup="Disabled")

    assert (report["Verdicts"], world.calls) == ({}, [])


def test_no_more_are_deleted_than_the_owner_allows(world: World) -> None:
    for number in range(5):
        deploy(world, EndpointName=f"digits-{number}")

    report = put_to_sleep(world, max_idle_deletions_per_run=2)

    assert (len(report["Deleted"]), len(report["IdleAndLeft"])) == (2, 3)
    assert len(inventory(world.sagemaker).endpoints) == 3


def test_a_scope_of_the_owner_s_own_takes_what_bears_its_tag(world: World) -> None:
    deploy(world, EndpointName="mine", Tags=[{"Key": "stage", "Value": "trial"}])
    deploy(world, EndpointName="theirs")

    report = put_to_sleep(world, idle_scope="stage=trial")

    assert [one["EndpointName"] for one in report["Deleted"]] == ["mine"]
    assert set(inventory(world.sagemaker).endpoints) == {"theirs"}


def test_what_is_woken_is_in_the_scope_of_the_owner_s_own_again(world: World) -> None:
    # Given one that was deployed with the tag, and one to which it was given by hand
    tag = {"Key": "stage", "Value": "trial"}
    deploy(world, EndpointName="mine", Tags=[tag, {"Key": "cost-centre", "Value": "7"}])
    deploy(world, EndpointName="theirs")
    arn = world.sagemaker.call("DescribeEndpoint", {"EndpointName": "theirs"})["EndpointArn"]
    world.sagemaker.call("AddTags", {"ResourceArn": arn, "Tags": [tag]})

    # When both go and are woken, one by an upload
    report = put_to_sleep(world, idle_scope="stage=trial")
    assert len(report["Deleted"]) == 2
    wake_input = next(event["WakeInput"] for event in report["Deleted"] if event["EndpointName"] == "mine")
    assert world.deploy(wake_input).outcome == "Redeployed"
    assert world.deploy(world.upload("models/theirs/newer.tar.gz", "newer")).outcome == "Created"

    # Then they bear their tags, and can go again
    assert endpoint_tags(world, "mine")["cost-centre"] == "7"
    assert put_to_sleep(world, idle_scope="stage=trial")["Verdicts"] == {"Idle": 2}


def test_what_was_created_by_hand_is_deleted_by_the_owner_s_own_scope_and_wakes(world: World) -> None:
    model = deploy(world)["ModelName"]
    variant = {"VariantName": "AllTraffic", "ModelName": model, "InstanceType": "ml.m5.large"}
    variants = [{**variant, "InitialInstanceCount": 1}]
    world.sagemaker.call("CreateEndpointConfig", {"EndpointConfigName": "plain", "ProductionVariants": variants})
    tags = [{"Key": "stage", "Value": "trial"}]
    world.sagemaker.call("CreateEndpoint", {"EndpointName": "by-hand", "EndpointConfigName": "plain", "Tags": tags})
    world.settle()

    (event,) = put_to_sleep(world, idle_scope="stage=trial")["Deleted"]

    index = Boto3TagIndex(world.client("resourcegroupstaggingapi"))
    assert config_by_tags("by-hand", index) == event["EndpointConfigName"] == "plain"
    assert world.deploy(event["WakeInput"]).outcome == "Redeployed"
    assert put_to_sleep(world, idle_scope="stage=trial")["Verdicts"] == {"Idle": 1}
    assert config_by_tags("another", index) is None


@pytest.mark.parametrize("doubt", ["silent", "partial"])
def test_an_endpoint_whose_metrics_leave_a_doubt_stays(world: World, doubt: str) -> None:
    deploy(world)
    getattr(world.services.idle, doubt).add(NAME)

    report = put_to_sleep(world)

    assert report["Verdicts"] == {"MetricsUnknown": 1}
    assert set(inventory(world.sagemaker).endpoints) == {NAME}


def test_tags_alone_bring_no_endpoint_into_scope(world: World) -> None:
    # Given an endpoint that a user created, with a configuration of their own and every tag of a deployment
    model, ours = deploy(world, Protected=True), endpoint_tags(world)
    variant = {"VariantName": "AllTraffic", "ModelName": model["ModelName"], "InstanceType": "ml.m5.large"}
    variants = [{**variant, "InitialInstanceCount": 1}]
    forged = ours | {"slipway:protected": "false", "slipway:idle-after-minutes": "20", "slipway:endpoint": "by-hand"}
    tags = [{"Key": key, "Value": value} for key, value in forged.items()]
    config = {"EndpointConfigName": "by-hand", "ProductionVariants": variants, "Tags": tags}
    world.sagemaker.call("CreateEndpointConfig", config)
    world.sagemaker.call("CreateEndpoint", {"EndpointName": "by-hand", "EndpointConfigName": "by-hand", "Tags": tags})
    world.settle()

    report = put_to_sleep(world)

    assert set(inventory(world.sagemaker).endpoints) == {NAME, "by-hand"}
    assert report["Verdicts"] == {"Protected": 1, "OutOfScope": 1}
    assert "this stack did not create its configuration by-hand" in report["Warnings"][0]


def test_a_stack_s_tag_without_an_execution_of_it_is_not_in_scope(world: World) -> None:
    # Given an endpoint of another stack that carries this stack's name in a tag
    deploy(world)
    arn = world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})["EndpointArn"]
    another = {"Key": "slipway:execution", "Value": "arn:aws:states:us-east-1:123456789012:execution:other:1"}
    world.sagemaker.call("AddTags", {"ResourceArn": arn, "Tags": [another]})

    assert put_to_sleep(world)["Verdicts"] == {}
    assert set(inventory(world.sagemaker).endpoints) == {NAME}
