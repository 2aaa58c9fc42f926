from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, REGION, ROLE, START, World, variant

from slipway_local.sagemaker import Settings

ECR = f"111122223333.dkr.ecr.{REGION}.amazonaws.com"


def test_a_model_is_described_as_it_was_created(world: World) -> None:
    arn = world.model("My-Model", VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]})
    assert arn == f"{PREFIX}model/My-Model"
    assert world.call("DescribeModel", ModelName="My-Model") == {
        "ModelName": "My-Model",
        "ModelArn": arn,
        "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://models/My-Model.tar.gz"},
        "ExecutionRoleArn": ROLE,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        "EnableNetworkIsolation": False,
        "CreationTime": START.timestamp(),
    }


def test_a_model_cannot_be_created_twice(world: World) -> None:
    arn = world.model("m")
    message = world.refused("CreateModel", ModelName="m", PrimaryContainer={"Image": IMAGE})
    assert message == f'Cannot create already existing model "{arn}".'


@pytest.mark.parametrize("operation", ["DescribeModel", "DeleteModel"])
def test_a_missing_model_is_not_found(world: World, operation: str) -> None:
    assert world.refused(operation, ModelName="m") == f'Could not find model "{PREFIX}model/m".'


def test_a_deleted_model_is_gone(world: World) -> None:
    world.model("m")
    assert world.call("DeleteModel", ModelName="m") == {}
    assert world.refused("DescribeModel", ModelName="m").startswith("Could not find model")


def test_an_image_of_another_region_is_refused(world: World) -> None:
    image = "433757028032.dkr.ecr.us-west-2.amazonaws.com/object-detection:1"
    assert world.refused("CreateModel", ModelName="m", PrimaryContainer={"Image": image}) == (
        f'Region of "{image}" does not match expected region of {REGION}. Cross region ECR image pulls are not allowed.'
    )


def test_an_image_without_tag_or_digest_is_invalid(world: World) -> None:
    image = f"{ECR}/group/object-detection"
    message = world.refused("CreateModel", ModelName="m", PrimaryContainer={"Image": image})
    assert message == f'ECR image "{image}" is invalid.'


def test_an_image_outside_ecr_needs_vpc_access(world: World) -> None:
    container: dict[str, Any] = {"Image": "docker.io/library/python:3"}
    assert world.refused("CreateModel", ModelName="m", PrimaryContainer=container) == (
        'Using non-ECR image "docker.io/library/python:3" without Vpc repository access mode is not supported.'
    )
    world.model("m", PrimaryContainer=container | {"ImageConfig": {"RepositoryAccessMode": "Vpc"}})


@pytest.mark.parametrize("version", [":1", ":latest", "@sha256:" + "0" * 64])
def test_an_image_with_tag_or_digest_is_taken(world: World, version: str) -> None:
    world.model("m", PrimaryContainer={"Image": f"{ECR}/group/object-detection{version}"})
    assert "PrimaryContainer" in world.call("DescribeModel", ModelName="m")


@pytest.mark.parametrize(
    "source",
    [
        {"ModelDataUrl": "s3://bucket/gone.tar.gz"},
        {
            "ModelDataSource": {
                "S3DataSource": {
                    "S3Uri": "s3://bucket/gone.tar.gz",
                    "S3DataType": "S3Object",
                    "CompressionType": "Gzip",
                }
            }
        },
    ],
)
def test_missing_model_data_is_refused_and_nothing_is_created(world: World, source: dict[str, Any]) -> None:
    world.objects.missing.add("s3://bucket/gone.tar.gz")
    message = world.refused("CreateModel", ModelName="m", PrimaryContainer={"Image": IMAGE} | source)
    assert message == "Could not find model data at s3://bucket/gone.tar.gz."
    assert world.call("ListModels") == {"Models": []}


def test_a_model_may_have_no_data_or_a_prefix_that_is_no_object(world: World) -> None:
    world.objects.missing.add("s3://bucket/prefix/")
    source = {"S3Uri": "s3://bucket/prefix/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    world.model("none", PrimaryContainer={"Image": IMAGE})
    world.model("prefix", PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}})
    assert len(world.call("ListModels")["Models"]) == 2


def test_a_role_that_sagemaker_cannot_assume_is_refused(world: World) -> None:
    world.roles.unknown.add(ROLE)
    message = world.refused("CreateModel", ModelName="m", PrimaryContainer={"Image": IMAGE}, ExecutionRoleArn=ROLE)
    assert message.startswith(f"Could not assume role {ROLE}. Please ensure that the role exists and allows")


@pytest.mark.parametrize("containers", [{}, {"PrimaryContainer": {"Image": IMAGE}, "Containers": [{"Image": IMAGE}]}])
def test_a_model_has_a_primary_container_or_a_list(world: World, containers: dict[str, Any]) -> None:
    message = world.refused("CreateModel", ModelName="m", **containers)
    assert message == "Exactly one of PrimaryContainer and Containers must be given."


def test_a_container_without_an_image_is_refused(world: World) -> None:
    message = world.refused("CreateModel", ModelName="m", PrimaryContainer={"ModelDataUrl": "s3://b/k"})
    assert message.startswith("A container needs an Image")


def test_the_model_of_a_live_endpoint_cannot_be_deleted(world: World) -> None:
    world.in_service()
    assert world.refused("DeleteModel", ModelName="model-1") == (
        f'Cannot delete model "{PREFIX}model/model-1" while it is in use by endpoint "{PREFIX}endpoint/endpoint-1".'
    )


def test_the_model_of_an_update_under_way_cannot_be_deleted(world: World) -> None:
    world.in_service()
    world.second_config()
    world.update()
    for name in ("model-1", "model-2"):
        assert "is in use by endpoint" in world.refused("DeleteModel", ModelName=name)
    world.finish()
    world.call("DeleteModel", ModelName="model-1")
    assert "is in use by endpoint" in world.refused("DeleteModel", ModelName="model-2")


def test_the_model_of_an_instance_pool_is_in_use_too(world: World) -> None:
    world.model("model-2")
    pools = [
        {"InstanceType": "ml.m5.xlarge", "Priority": 1},
        {"InstanceType": "ml.m5.large", "Priority": 2, "ModelNameOverride": "model-2"},
    ]
    world.in_service(variant(InstancePools=pools))
    assert "is in use by endpoint" in world.refused("DeleteModel", ModelName="model-2")


def test_what_is_in_use_can_be_deleted_where_it_is_as_on_aws() -> None:
    world = World(Settings(refuse_in_use=False))
    world.in_service()

    world.call("DeleteModel", ModelName="model-1")
    world.call("DeleteEndpointConfig", EndpointConfigName="config-1")

    assert world.describe()["EndpointStatus"] == "InService"
