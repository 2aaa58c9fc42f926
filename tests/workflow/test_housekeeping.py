"""Idle cleanup's housekeeping: what is unused is removed, with its archive; what is used or may be needed stays."""

from __future__ import annotations

from typing import Any

from slipway.aws.model_archives import model_archive_keys
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.idle_cleanup import clean_up
from tests.workflow.inventory import inventory
from tests.workflow.test_idle_cleanup import DAYS, NAME, deploy
from tests.workflow.world import World

DEPLOYMENT = {"EndpointName": NAME, "Framework": "sklearn", "InstanceType": "ml.m5.large", "Protected": True}


def tidy(world: World, keep: int = 1, **settings: Any) -> dict[str, Any]:
    report = clean_up(world, keep_versions=keep, unused_retention_days=30, **settings)
    world.settle()
    return report


def three_versions(world: World) -> list[dict[str, Any]]:
    """Deploy three versions, of which the workflow keeps all; return their outputs."""
    made = []
    for weights in ("first", "second", "third"):
        made.append(deploy(world, weights, Protected=True))
        world.time.pass_(60)
    return made


def test_what_is_beyond_the_kept_versions_goes_when_it_is_old_with_its_archives(world: World) -> None:
    first, second, third = three_versions(world)

    world.time.pass_(29 * DAYS)
    early = tidy(world)["Removed"]
    world.time.pass_(2 * DAYS)
    report = tidy(world)

    assert early == []
    assert sorted(report["Removed"]) == sorted(
        [f"EndpointConfig {one['EndpointConfigName']}" for one in (first, second)]
        + [f"Model {one['ModelName']}" for one in (first, second)]
    )
    assert world.there().copies == {model_archive_keys(third["ModelName"], 1)[0]}
    assert tidy(world)["Removed"] == []


def test_a_dry_run_says_what_would_go(world: World) -> None:
    three_versions(world)
    world.time.pass_(31 * DAYS)
    before = world.there()

    report = tidy(world, idle_cleanup="DryRun")

    assert (len(report["WouldRemove"]), report["Removed"]) == (4, [])
    assert world.there() == before


def test_what_a_stopped_execution_left_behind_goes_after_a_day(world: World) -> None:
    world.upload("archives/stopped.tar.gz", "stopped")
    stopped = world.start({**DEPLOYMENT, "ModelDataUrl": f"s3://{MODEL_BUCKET}/archives/stopped.tar.gz"})
    world.step_to(stopped, "CreateEndpoint")
    world.executions.remove(stopped)

    at_once = tidy(world)["Removed"]
    world.time.pass_(1.1 * DAYS)
    report = tidy(world)

    assert (at_once, len(report["Removed"])) == ([], 2)
    assert world.there().names() == set()


def test_an_endpoint_that_was_created_by_hand_keeps_what_it_serves(world: World) -> None:
    first, second, _ = three_versions(world)
    request = {"EndpointName": "by-hand", "EndpointConfigName": first["EndpointConfigName"]}
    world.sagemaker.call("CreateEndpoint", request)
    world.time.pass_(31 * DAYS)

    report = tidy(world)

    assert sorted(report["Removed"]) == [
        f"EndpointConfig {second['EndpointConfigName']}",
        f"Model {second['ModelName']}",
    ]
    assert first["ModelName"] in inventory(world.sagemaker).models


def test_a_configuration_created_by_hand_of_our_model_keeps_it_while_it_is_served(world: World) -> None:
    first, _, _ = three_versions(world)
    variant = {"VariantName": "v", "ModelName": first["ModelName"], "InstanceType": "ml.m5.large"}
    config = {"EndpointConfigName": "by-hand", "ProductionVariants": [{**variant, "InitialInstanceCount": 1}]}
    world.sagemaker.call("CreateEndpointConfig", config)
    world.sagemaker.call("CreateEndpoint", {"EndpointName": "by-hand", "EndpointConfigName": "by-hand"})
    world.time.pass_(31 * DAYS)

    tidy(world)

    assert first["ModelName"] in inventory(world.sagemaker).models
    assert model_archive_keys(first["ModelName"], 1)[0] in world.there().copies


def test_a_version_that_is_on_its_way_back_stays(world: World) -> None:
    first, second, _ = three_versions(world)
    world.time.pass_(31 * DAYS)
    back = world.start({"EndpointName": NAME, "EndpointConfigName": first["EndpointConfigName"]})
    world.step_to(back, "WaitForEndpoint")

    report = tidy(world)
    world.run()

    assert f"EndpointConfig {second['EndpointConfigName']}" in report["Removed"]
    assert f"EndpointConfig {first['EndpointConfigName']}" not in report["Removed"]
    assert back.outcome == "Redeployed"


def test_what_another_stack_made_stays(world: World) -> None:
    made = three_versions(world)
    for one in made:
        found = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": one["EndpointConfigName"]})
        model = world.sagemaker.call("DescribeModel", {"ModelName": one["ModelName"]})
        for arn in (found["EndpointConfigArn"], model["ModelArn"]):
            tag = {"Key": "slipway:stack", "Value": "another"}
            world.sagemaker.call("AddTags", {"ResourceArn": arn, "Tags": [tag]})
    world.time.pass_(31 * DAYS)

    assert tidy(world)["Removed"] == []


def test_what_an_endpoint_was_given_by_hand_stays_where_sagemaker_would_delete_it(world: World) -> None:
    # Given an endpoint of Slipway's that a user updated to a version of another one, and AWS's semantics
    world.sagemaker.settings.refuse_in_use = False
    first, second, _ = three_versions(world)
    deploy(world, "other", EndpointName="other", Protected=True)
    world.time.pass_(60)
    update = {"EndpointName": "other", "EndpointConfigName": first["EndpointConfigName"]}
    world.sagemaker.call("UpdateEndpoint", update)
    world.settle()
    world.time.pass_(31 * DAYS)

    reports = [tidy(world), tidy(world)]

    found = world.there()
    assert first["EndpointConfigName"] in inventory(world.sagemaker).configs
    assert first["ModelName"] in inventory(world.sagemaker).models
    assert model_archive_keys(first["ModelName"], 1)[0] in found.copies
    assert f"EndpointConfig {second['EndpointConfigName']}" in reports[0]["Removed"]
    assert [report["Warnings"] for report in reports] == [[], []]


def test_while_an_endpoint_has_lost_its_configuration_no_model_is_removed(world: World) -> None:
    world.sagemaker.settings.refuse_in_use = False
    first, second, third = three_versions(world)
    world.sagemaker.call("DeleteEndpointConfig", {"EndpointConfigName": third["EndpointConfigName"]})
    world.time.pass_(31 * DAYS)

    report = tidy(world)

    assert {one["ModelName"] for one in (first, second, third)} <= inventory(world.sagemaker).models
    assert f"the endpoint {NAME} serves the configuration {third['EndpointConfigName']}" in " ".join(report["Warnings"])
