"""Old configurations and their models go, the newest stay and can be rolled back to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from slipway.aws.model_archives import model_archive_keys
from slipway.deployment.tags import ARTIFACT
from tests.conventions.project import template
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.faults import FOR_GOOD, Order
from tests.workflow.interpreter import Execution
from tests.workflow.inventory import inventory
from tests.workflow.world import World

NAME = "digits"
KEPT = int(template()["Parameters"]["KeepVersions"]["Default"])


def deployed(world: World, weights: str, **fields: Any) -> Execution:
    """Deploy an archive, and let a minute pass."""
    world.upload(f"archives/{weights}.tar.gz", weights)
    uri = f"s3://{MODEL_BUCKET}/archives/{weights}.tar.gz"
    about = {"EndpointName": NAME, "ModelDataUrl": uri, "Framework": "sklearn", "InstanceType": "ml.m5.large"}
    execution = world.deploy({**about, **fields})
    assert execution.status == "SUCCEEDED", execution.cause
    world.time.pass_(60)
    return execution


def archive_of(world: World, arn: str) -> str:
    """Return the archive that a resource's tag names."""
    tags = world.sagemaker.call("ListTags", {"ResourceArn": arn})["Tags"]
    return next(str(tag["Value"]) for tag in tags if tag["Key"] == ARTIFACT)


def test_two_more_deployments_than_are_kept_leave_what_is_kept(world: World) -> None:
    runs = [deployed(world, f"version-{number}") for number in range(KEPT + 2)]

    newest = [run.output for run in runs[-KEPT:]]
    found = inventory(world.sagemaker)
    assert set(found.configs) == {output["EndpointConfigName"] for output in newest}
    assert found.models == {output["ModelName"] for output in newest}
    first = runs[0].output
    assert runs[KEPT].output["Removed"] == [
        f"Model {first['ModelName']}",
        f"EndpointConfig {first['EndpointConfigName']}",
    ]
    assert all(run.output["Warnings"] == [] for run in runs)


def test_a_version_that_was_kept_can_be_rolled_back_to_and_stays(world: World) -> None:
    runs = [deployed(world, f"version-{number}") for number in range(KEPT + 2)]
    oldest = runs[-KEPT].output["EndpointConfigName"]

    back = world.deploy({"EndpointName": NAME, "EndpointConfigName": oldest})
    world.time.pass_(60)
    deployed(world, "newer")

    assert back.outcome == "Redeployed"
    found = inventory(world.sagemaker)
    assert oldest in found.configs
    assert len(found.configs) == KEPT


def test_after_a_rollback_the_endpoint_says_which_archive_it_serves(world: World) -> None:
    first, second = deployed(world, "one").output, deployed(world, "two").output
    assert "/two.tar.gz" in archive_of(world, second["EndpointArn"])

    world.deploy({"EndpointName": NAME, "EndpointConfigName": first["EndpointConfigName"]})

    assert "/one.tar.gz" in archive_of(world, second["EndpointArn"])


def test_a_model_that_a_kept_configuration_uses_stays(world: World) -> None:
    first = deployed(world, "one", InitialInstanceCount=1).output
    for count in range(2, KEPT + 2):
        deployed(world, "one", InitialInstanceCount=count)

    found = inventory(world.sagemaker)
    assert first["EndpointConfigName"] not in found.configs
    assert found.models == {first["ModelName"]}


def test_what_others_made_stays(world: World) -> None:
    output = deployed(world, "version-0").output
    variant = {"VariantName": "v", "ModelName": output["ModelName"], "InstanceType": "ml.m5.large"}
    theirs = f"{NAME}-0f1e2d3c4b5a"
    request = {"EndpointConfigName": theirs, "ProductionVariants": [{**variant, "InitialInstanceCount": 1}]}
    world.sagemaker.call("CreateEndpointConfig", request)

    for number in range(1, KEPT + 1):
        deployed(world, f"version-{number}")

    found = inventory(world.sagemaker)
    assert theirs in found.configs
    assert output["ModelName"] in found.models, "their configuration uses it"
    assert output["EndpointConfigName"] not in found.configs


def test_a_configuration_that_another_endpoint_was_given_stays(world: World) -> None:
    lent = deployed(world, "version-0").output
    world.deploy({"EndpointName": "other", "EndpointConfigName": lent["EndpointConfigName"]})
    world.time.pass_(60)

    for number in range(1, KEPT + 2):
        deployed(world, f"version-{number}")

    found = inventory(world.sagemaker)
    assert lent["EndpointConfigName"] in found.configs
    assert lent["ModelName"] in found.models


def test_deployments_that_wait_for_their_turn_keep_what_they_made(world: World) -> None:
    for number in range(KEPT):
        deployed(world, f"version-{number}")
    waiting = []
    for number in range(KEPT + 2):
        world.upload(f"archives/next-{number}.tar.gz", f"next-{number}")
        uri = f"s3://{MODEL_BUCKET}/archives/next-{number}.tar.gz"
        request = {"EndpointName": NAME, "ModelDataUrl": uri, "Framework": "sklearn", "InstanceType": "ml.m5.large"}
        waiting.append(world.start(request))
        world.time.pass_(1)

    world.run()

    assert {execution.outcome for execution in waiting} <= {"Updated", "Superseded"}
    assert waiting[-1].outcome == "Updated"
    assert len(inventory(world.sagemaker).configs) == KEPT


def test_what_may_not_be_removed_is_a_warning(world: World) -> None:
    world.orders.append(Order("access denied", "RemoveOldVersions", "sagemaker:DeleteEndpointConfig", count=FOR_GOOD))
    runs = [deployed(world, f"version-{number}") for number in range(KEPT + 1)]

    first = runs[0].output["EndpointConfigName"]
    (warning,) = runs[-1].output["Warnings"]
    assert warning.startswith(f"EndpointConfig {first} is old and is still there: ")
    assert first in inventory(world.sagemaker).configs


def test_a_cleanup_that_fails_altogether_does_not_fail_the_deployment(world: World) -> None:
    world.orders.append(Order("access denied", "RemoveOldVersions", "sagemaker:ListEndpointConfigs", count=FOR_GOOD))

    execution = deployed(world, "version-0")

    (warning,) = execution.output["Warnings"]
    assert (execution.outcome, "AccessDenied" in warning) == ("Created", True)


def test_what_an_endpoint_made_by_hand_serves_stays_where_sagemaker_would_delete_it(world: World) -> None:
    # Given an endpoint that a user created with a configuration of another one, and AWS's semantics
    world.sagemaker.settings.refuse_in_use = False
    first = deployed(world, "version-0").output
    request = {"EndpointName": "by-hand", "EndpointConfigName": first["EndpointConfigName"]}
    world.sagemaker.call("CreateEndpoint", request)
    world.settle()

    # When the configuration is beyond the versions to keep
    runs = [deployed(world, f"version-{number}") for number in range(1, KEPT + 2)]

    # Then it stays with its model and archive, and the next one goes
    found = inventory(world.sagemaker)
    assert first["EndpointConfigName"] in found.configs
    assert first["ModelName"] in found.models
    assert model_archive_keys(first["ModelName"], 1)[0] in world.there().copies
    assert runs[0].output["EndpointConfigName"] not in found.configs


def test_an_archive_stays_while_its_model_cannot_be_deleted(world: World) -> None:
    first = deployed(world, "version-0").output
    world.orders.append(Order("access denied", "RemoveOldVersions", "sagemaker:DeleteModel", count=FOR_GOOD))

    runs = [deployed(world, f"version-{number}") for number in range(1, KEPT + 1)]

    assert model_archive_keys(first["ModelName"], 1)[0] in world.there().copies
    assert first["EndpointConfigName"] in inventory(world.sagemaker).configs
    (warning,) = runs[-1].output["Warnings"]
    assert warning.startswith(f"EndpointConfig {first['EndpointConfigName']} is old and is still there: ")


def test_what_an_archive_was_left_of_by_a_stopped_run_goes_with_the_next(world: World) -> None:
    first = deployed(world, "version-0").output
    world.orders.append(Order("access denied", "RemoveOldVersions", "s3:DeleteObject", count=1))
    for number in range(1, KEPT + 1):
        deployed(world, f"version-{number}")
    assert model_archive_keys(first["ModelName"], 1)[0] in world.there().copies
    assert first["ModelName"] not in inventory(world.sagemaker).models

    deployed(world, "newer")

    assert model_archive_keys(first["ModelName"], 1)[0] not in world.there().copies
    assert first["EndpointConfigName"] not in inventory(world.sagemaker).configs


def test_what_a_stopped_execution_left_goes_with_the_next_deployment_of_other_content(world: World) -> None:
    deployed(world, "version-0")
    stopped = world.start(world.upload(f"models/{NAME}/model.tar.gz", "stopped"))
    world.step_to(stopped, "CreateEndpoint")
    stopped.stop()
    before = world.there()

    world.time.pass_(60)
    kept = deployed(world, "version-1").output

    there = world.there()
    (left,) = before.orphans() & set(before.configs)
    assert left not in there.configs
    assert before.configs[left].isdisjoint(there.models)
    assert kept["EndpointConfigName"] in there.configs


def test_what_an_execution_that_still_runs_has_created_stays(world: World) -> None:
    deployed(world, "version-0")
    running = world.start(world.upload(f"models/{NAME}/model.tar.gz", "running"))
    world.step_to(running, "CreateEndpoint")
    created = world.there().orphans()
    running.due += timedelta(hours=2)  # a long pause, as of a function that is throttled
    world.time.pass_(60)

    newer = world.start(world.upload(f"models/{NAME}/newer.tar.gz", "version-1"))
    world.run_for(600)

    assert newer.outcome == "Updated"
    assert created <= world.there().orphans()
