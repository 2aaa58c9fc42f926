"""MaxUploadedEndpoints bounds the endpoints that uploads create, also when they come at the same moment."""

from __future__ import annotations

import json

import pytest

from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.interpreter import Execution
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld


@pytest.fixture
def bounded(new_world: MakeWorld) -> World:
    return new_world(variables={"MAX_UPLOADED_ENDPOINTS": "2"})


def upload(world: World, name: str, weights: str = "first") -> Execution:
    execution = world.deploy(world.upload(f"models/{name}/model.tar.gz", weights))
    world.time.pass_(60)
    return execution


def execute(world: World, name: str) -> Execution:
    world.upload("archives/first.tar.gz", "first")
    url = f"s3://{MODEL_BUCKET}/archives/first.tar.gz"
    request = {"EndpointName": name, "ModelDataUrl": url, "Framework": "sklearn", "InstanceType": "ml.m5.large"}
    return world.deploy(request)


def test_an_upload_for_one_endpoint_too_many_is_refused_before_anything_is_created(bounded: World) -> None:
    assert [upload(bounded, name).outcome for name in ("first", "second")] == ["Created", "Created"]
    before = bounded.there()

    refused = upload(bounded, "third")

    assert refused.outcome == "TooManyUploadedEndpoints"
    assert "EndpointName is third" in json.loads(refused.cause)["Message"]
    assert refused.history[-1] == "Failed"
    assert "CreateModel" not in refused.history
    assert bounded.there() == before


def test_endpoints_that_exist_are_updated_and_executions_are_not_counted(bounded: World) -> None:
    assert [execute(bounded, name).outcome for name in ("third", "fourth", "fifth")] == ["Created"] * 3
    assert [upload(bounded, name).outcome for name in ("first", "second")] == ["Created", "Created"]

    assert upload(bounded, "second", "other").outcome == "Updated"
    assert upload(bounded, "fifth", "other").outcome == "Updated"
    assert execute(bounded, "sixth").outcome == "Created"


def test_an_endpoint_that_is_deleted_counts_no_more(bounded: World) -> None:
    for name in ("first", "second"):
        upload(bounded, name)
    bounded.sagemaker.call("DeleteEndpoint", {"EndpointName": "first"})
    bounded.settle()

    assert upload(bounded, "third").outcome == "Created"


def test_endpoints_of_long_ago_count_by_their_tags_and_those_of_other_stacks_do_not(bounded: World) -> None:
    config = upload(bounded, "first").output["EndpointConfigName"]
    tags = [{"Key": "slipway:created-by", "Value": "Upload"}, {"Key": "slipway:stack", "Value": "another"}]
    bounded.sagemaker.call("CreateEndpoint", {"EndpointName": "theirs", "EndpointConfigName": config, "Tags": tags})
    bounded.settle()
    bounded.time.pass_(7200)

    assert upload(bounded, "second").outcome == "Created"
    bounded.time.pass_(7200)
    assert upload(bounded, "third").outcome == "TooManyUploadedEndpoints"


@pytest.mark.parametrize("seed", range(4))
def test_uploads_at_the_same_moment_create_no_more_than_that(new_world: MakeWorld, seed: int) -> None:
    world = new_world(seed=seed, variables={"MAX_UPLOADED_ENDPOINTS": "2"})

    executions = [world.start(world.upload(f"models/e{number}/model.tar.gz", "first")) for number in range(6)]
    world.run()
    world.settle()

    outcomes = sorted(execution.outcome for execution in executions)
    assert outcomes == ["Created"] * 2 + ["TooManyUploadedEndpoints"] * 4
    created = {one.output["EndpointName"] for one in executions if one.status == "SUCCEEDED"}
    assert set(world.there().endpoints) == created
    assert world.there().orphans() == set()


def test_nothing_is_created_where_uploads_may_create_none(new_world: MakeWorld) -> None:
    world = new_world(variables={"MAX_UPLOADED_ENDPOINTS": "0"})

    assert upload(world, "first").outcome == "TooManyUploadedEndpoints"
