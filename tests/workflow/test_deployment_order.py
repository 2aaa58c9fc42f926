"""Deployments of one endpoint that meet: the newest request serves, and every outcome is true."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import md5

import pytest

from slipway_local.sagemaker.faults.orders import Fault
from tests.conventions.project import Json
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.interpreter import Execution
from tests.workflow.inventory import served_archive
from tests.workflow.scenarios import NAME
from tests.workflow.surroundings import archive
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

SEEDS = range(4)
PAUSES = (1, 2, 5, 10, 20, 45, 60)


def request(content: str, **fields: object) -> Json:
    url = f"s3://{MODEL_BUCKET}/archives/{content}.tar.gz"
    return {"EndpointName": NAME, "ModelDataUrl": url, "Framework": "sklearn", "InstanceType": "ml.m5.large", **fields}


def deployed_in_order(world: World, order: str, *, by_upload: bool = False) -> list[Execution]:
    """Start deployments of these contents, one after another, and let all end."""
    for content in set(order):
        world.upload(f"archives/{content}.tar.gz", content)
    runs = []
    for content in order:
        wanted = world.upload(f"models/{NAME}/{content}.tar.gz", content) if by_upload else request(content)
        runs.append(world.start(wanted))
        world.run_for(world.random.choice(PAUSES))
    world.run()
    world.settle()
    return runs


@pytest.mark.parametrize("by_upload", [False, True], ids=["executions", "uploads"])
@pytest.mark.parametrize("order", ["xyxy", "xyyxy", "xyxyxy"])
def test_the_newest_of_several_deployments_serves(new_world: MakeWorld, order: str, by_upload: bool) -> None:
    for seed in SEEDS:
        world = new_world(seed=seed)
        runs = deployed_in_order(world, order, by_upload=by_upload)

        outcomes = [run.outcome for run in runs]
        assert served_archive(world.sagemaker, NAME) == md5(archive(order[-1])).hexdigest(), (seed, outcomes)
        assert {run.status for run in runs} == {"SUCCEEDED"}, (seed, outcomes)


def test_every_configuration_that_is_named_exists(new_world: MakeWorld) -> None:
    for seed in (3, 9):  # in these a superseded deployment has created what another one names
        world = new_world(seed=seed)
        runs = deployed_in_order(world, "xyxyx")

        named = {run.output["EndpointConfigName"] for run in runs} - {None}
        assert named <= world.there().configs.keys(), seed


@pytest.mark.parametrize("pause", [1, 5, 20])
def test_a_deployment_that_the_old_content_overtakes_is_superseded(new_world: MakeWorld, pause: int) -> None:
    for seed in SEEDS:
        world = new_world(seed=seed)
        world.upload("archives/x.tar.gz", "x")
        world.upload("archives/y.tar.gz", "y")
        first = world.deploy(request("x"))
        world.time.pass_(60)
        overtaken = world.start(request("y"))
        world.run_for(pause)
        back = world.start(request("x"))
        world.run()
        world.settle()

        outcomes = Counter([first.outcome, overtaken.outcome, back.outcome])
        assert overtaken.outcome == "Superseded", (seed, outcomes)
        assert world.there().endpoints[NAME][1] == first.output["EndpointConfigName"]
        assert not [event for event in world.services.announced if event["DetailType"] == "Deployment Failed"]


# x is created in 40 s and seen InService after 180. What comes meanwhile waits for its turn every 15 s: `older` after
# 1, 16, ..., `newer` after 12, 27, 42, ..., which is first. The update of `newer` ends at 82 s, the next turn of
# `older` is at 91 s, and `newer` does not see the end before 222 s.
def older_and_newer(world: World) -> tuple[Execution, Execution]:
    for content in "xyz":
        world.upload(f"archives/{content}.tar.gz", content)
    world.start(request("x"))
    world.run_for(1)
    older = world.start(request("y"))
    world.run_for(11)
    return older, world.start(request("z"))


def serves(world: World, execution: Execution) -> bool:
    return world.there().endpoints[NAME] == ("InService", execution.output["EndpointConfigName"])


def test_a_rollback_is_not_superseded_by_an_older_deployment_that_waited(new_world: MakeWorld) -> None:
    world = new_world()
    older, newer = older_and_newer(world)
    world.sagemaker.faults.order(Fault("SilentRollback", endpoint_name=NAME))
    world.run()

    assert (older.outcome, newer.outcome) == ("Updated", "DeploymentRolledBack")
    assert "An older deployment had waited, and serves now." in newer.cause
    assert serves(world, older)


def test_the_reason_of_a_rollback_that_was_seen_once_is_named(new_world: MakeWorld) -> None:
    world = new_world()
    for content in "wxyz":
        world.upload(f"archives/{content}.tar.gz", content)
    served = world.deploy(request("w"))
    # The deployments plan their polls for updates of 40 s: `newer` sees one answer between the two updates.
    tags = [{"Key": "slipway:update-seconds", "Value": "40"}]
    world.sagemaker.call("AddTags", {"ResourceArn": served.output["EndpointArn"], "Tags": tags})
    world.start(request("x"))
    world.run_for(1)
    older = world.start(request("y"))
    world.sagemaker.faults.order(Fault("NoCapacity", endpoint_name=NAME))
    world.run_for(9)
    newer = world.start(request("z"))
    world.run()

    assert (older.outcome, newer.outcome) == ("Updated", "CapacityUnavailable")
    assert serves(world, older)


# API reference, DescribeEndpoint, UpdateRollbackFailed: "Both the rolling deployment and auto-rollback failed. Your
# endpoint is in service with a mix of the old and new endpoint configurations." None says which of them it names.
def let_rollback_fail(world: World, named: str, seconds: int) -> None:
    """Let the update that is next or under way end so after some seconds."""
    if named == "old":
        world.sagemaker.faults.order(Fault("SilentRollback", endpoint_name=NAME))
    world.run_for(seconds)
    world.sagemaker.force_status(NAME, "UpdateRollbackFailed")
    world.run()


@pytest.mark.parametrize("named", ["old", "new"])
def test_an_older_deployment_that_waited_updates_an_endpoint_whose_rollback_failed(
    new_world: MakeWorld, named: str
) -> None:
    world = new_world()
    older, newer = older_and_newer(world)
    let_rollback_fail(world, named, 73)

    assert (older.outcome, newer.outcome) == ("Updated", "DeploymentRolledBack")
    assert "An older deployment had waited, and serves now." in newer.cause
    assert serves(world, older)


@pytest.mark.parametrize("named", ["old", "new"])
def test_what_an_endpoint_may_serve_whose_rollback_failed_stays_until_the_next_deployment(
    new_world: MakeWorld, named: str
) -> None:
    world = new_world()
    for content in "xyz":
        world.upload(f"archives/{content}.tar.gz", content)
    old = world.deploy(request("x"))
    failed = world.start(request("y"))
    let_rollback_fail(world, named, 60)

    there = world.there()
    assert failed.outcome == "EndpointUpdateRollbackFailed"
    assert json.loads(failed.cause)["Resources"]["Removed"] == []
    assert (len(there.configs), len(there.models), len(there.copies)) == (2, 2, 2)

    world.time.pass_(60)
    new = world.deploy(request("z"))

    assert new.outcome == "Updated"
    assert world.there().configs.keys() == {run.output["EndpointConfigName"] for run in (old, new)}


def test_an_endpoint_deleted_by_hand_and_created_again_by_an_older_deployment_is_named(new_world: MakeWorld) -> None:
    world = new_world()
    older, newer = older_and_newer(world)
    world.run_for(75)
    world.sagemaker.call("DeleteEndpoint", {"EndpointName": NAME})
    world.run()

    assert (older.outcome, newer.outcome) == ("Created", "EndpointDeleted")
    assert serves(world, older)


def test_an_older_deployment_does_not_create_an_endpoint_that_was_deleted_after_a_newer_one_was_announced(
    new_world: MakeWorld,
) -> None:
    world = new_world()
    older, newer = older_and_newer(world)
    world.run_for(58)
    newest = world.start(request("z"))
    world.run_for(17)
    assert newest.outcome == "AlreadyDeployed"
    world.sagemaker.call("DeleteEndpoint", {"EndpointName": NAME})
    world.run()
    world.settle()

    assert (older.outcome, newer.outcome) == ("Superseded", "Superseded")
    assert NAME not in world.there().endpoints
    assert world.deploy(request("y")).outcome == "Created"


def test_an_older_deployment_leaves_a_failed_endpoint_to_the_newer_one_that_created_it(new_world: MakeWorld) -> None:
    world = new_world()
    world.sagemaker.faults.order(Fault("NoCapacity", endpoint_name=NAME, count=2))
    older, newer = older_and_newer(world)
    world.run()

    assert (older.outcome, newer.outcome) == ("Created", "CapacityUnavailable")
    assert serves(world, older)


def test_an_older_deployment_has_a_turn_of_its_own_where_a_newer_one_removes_the_failed_endpoint_of_both(
    new_world: MakeWorld,
) -> None:
    world = new_world()
    world.upload("archives/y.tar.gz", "y")
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))
    older = world.start(request("y"))
    world.step_to(older, "CreateEndpoint")  # its configuration is there, and the newer one finds it
    newer = world.start(request("y"))
    world.step_to(newer, "WaitForEndpoint")
    world.step_to(older, "WaitForTurn")
    world.step_to(newer, "Failed")
    world.run()

    assert (older.outcome, newer.outcome) == ("ContainerFailedPing", "ContainerFailedPing")
    assert world.there().names() == set()
