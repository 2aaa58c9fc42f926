"""Models, endpoint configurations, their ARNs and tags."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, REGION, ROLE, START, World, variant

from slipway_local.ports import HostingFailed
from slipway_local.sagemaker import Settings
from slipway_local.sagemaker.models import Arns

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


def test_a_deleted_model_is_gone(world: World) -> None:
    world.model("m")
    assert world.call("DeleteModel", ModelName="m") == {}
    assert world.refused("DescribeModel", ModelName="m").startswith("Could not find model")


def test_a_model_may_have_no_data_or_a_prefix_that_is_no_object(world: World) -> None:
    world.objects.missing.add("s3://bucket/prefix/")
    source = {"S3Uri": "s3://bucket/prefix/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    world.model("none", PrimaryContainer={"Image": IMAGE})
    world.model("prefix", PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}})
    assert len(world.call("ListModels")["Models"]) == 2


def test_the_model_of_an_instance_pool_is_in_use_too(world: World) -> None:
    world.model("model-2")
    pools = [
        {"InstanceType": "ml.m5.xlarge", "Priority": 1},
        {"InstanceType": "ml.m5.large", "Priority": 2, "ModelNameOverride": "model-2"},
    ]
    world.in_service(variant(InstancePools=pools))
    assert "is in use by endpoint" in world.refused("DeleteModel", ModelName="model-2")


def test_deleting_resources_in_use_can_be_allowed_as_on_aws() -> None:
    world = World(Settings(refuse_in_use=False))
    world.in_service()

    world.call("DeleteModel", ModelName="model-1")
    world.call("DeleteEndpointConfig", EndpointConfigName="config-1")

    assert world.describe()["EndpointStatus"] == "InService"


@pytest.mark.parametrize(
    "container",
    [
        {"Image": f"{ECR}/group/object-detection:latest"},
        {"Image": f"{ECR}/group/object-detection@sha256:{'0' * 64}"},
        {"Image": "docker.io/library/python:3", "ImageConfig": {"RepositoryAccessMode": "Vpc"}},
    ],
)
def test_an_image_needs_a_tag_or_a_digest_and_outside_ecr_vpc_access(world: World, container: dict[str, Any]) -> None:
    world.model("m", PrimaryContainer=container)
    assert world.call("DescribeModel", ModelName="m")["PrimaryContainer"] == container


def test_the_old_and_the_new_version_of_an_update_are_in_use_until_it_ends(world: World) -> None:
    world.updating()
    for name in ("1", "2"):
        assert "is in use by endpoint" in world.refused("DeleteModel", ModelName=f"model-{name}")
        assert "is in use by endpoint" in world.refused("DeleteEndpointConfig", EndpointConfigName=f"config-{name}")
    world.finish()
    world.call("DeleteModel", ModelName="model-1")
    world.call("DeleteEndpointConfig", EndpointConfigName="config-1")
    assert "is in use by endpoint" in world.refused("DeleteModel", ModelName="model-2")


SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def test_a_configuration_is_described_as_it_was_created_with_the_default_weight(world: World) -> None:
    world.model()
    arn = world.config("c", variant(), KmsKeyId="key")
    assert arn == f"{PREFIX}endpoint-config/c"
    assert world.call("DescribeEndpointConfig", EndpointConfigName="c") == {
        "EndpointConfigName": "c",
        "EndpointConfigArn": arn,
        "ProductionVariants": [variant() | {"InitialVariantWeight": 1.0}],
        "KmsKeyId": "key",
        "CreationTime": START.timestamp(),
    }


def test_all_the_concurrency_may_be_provisioned(world: World) -> None:
    world.model()
    world.config("c", variant(ServerlessConfig=SERVERLESS | {"ProvisionedConcurrency": 5}))
    assert len(world.call("ListEndpointConfigs")["EndpointConfigs"]) == 1


def test_a_shadow_variant_is_hosted_beside_the_production_variant_and_shown_apart(world: World) -> None:
    world.model()
    world.call(
        "CreateEndpointConfig",
        EndpointConfigName="c",
        ProductionVariants=[variant("Live")],
        ShadowProductionVariants=[variant("Shadow", InitialVariantWeight=0.5)],
    )
    world.call("CreateEndpoint", EndpointName="e", EndpointConfigName="c")
    world.finish()
    shown = world.call("DescribeEndpoint", EndpointName="e")
    assert [each["VariantName"] for each in shown["ProductionVariants"]] == ["Live"]
    assert [(each["VariantName"], each["CurrentWeight"]) for each in shown["ShadowProductionVariants"]] == [
        ("Shadow", 0.5)
    ]
    serving = {each.name: each.is_shadow for each in world.sagemaker.hosted.serving("e") or []}
    assert serving == {"Live": False, "Shadow": True}
    assert "in use" in world.refused("DeleteModel", ModelName="model-1")


def test_a_failed_endpoint_keeps_neither_its_configuration_nor_its_model(world: World) -> None:
    world.hosting.failures.append(HostingFailed("no"))
    world.create()
    world.finish()
    assert world.describe()["EndpointStatus"] == "Failed"
    assert world.call("DeleteEndpointConfig", EndpointConfigName="config-1") == {}
    assert world.call("DeleteModel", ModelName="model-1") == {}


def test_an_endpoint_that_is_being_deleted_needs_its_configuration_no_more(world: World) -> None:
    world.in_service()
    world.call("DeleteEndpoint", EndpointName="endpoint-1")
    assert world.call("DeleteEndpointConfig", EndpointConfigName="config-1") == {}


MODEL_ARN = f"{PREFIX}model/model-1"


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def listed(world: World, arn: str = MODEL_ARN) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in world.call("ListTags", ResourceArn=arn)["Tags"]}


def test_all_three_kinds_of_resource_are_created_with_tags(world: World) -> None:
    world.model(Tags=tags(kind="model"))
    world.config(Tags=tags(kind="config"))
    world.endpoint(Tags=tags(kind="endpoint"))
    for path, kind in (("model/model-1", "model"), ("endpoint-config/config-1", "config")):
        assert listed(world, PREFIX + path) == {"kind": kind}
    assert listed(world, f"{PREFIX}endpoint/endpoint-1") == {"kind": "endpoint"}


def test_adding_overwrites_and_keeps_the_others(world: World) -> None:
    world.model(Tags=tags(a="1", b="2"))
    answer = world.call("AddTags", ResourceArn=MODEL_ARN, Tags=tags(b="3", c="4"))
    assert listed(world) == {"a": "1", "b": "3", "c": "4"}
    assert {tag["Key"]: tag["Value"] for tag in answer["Tags"]} == listed(world)


def test_deleting_removes_the_named_keys_and_ignores_others(world: World) -> None:
    world.model(Tags=tags(a="1", b="2"))
    assert world.call("DeleteTags", ResourceArn=MODEL_ARN, TagKeys=["a", "never"]) == {}
    assert listed(world) == {"b": "2"}


def test_no_resource_has_more_than_50_tags(world: World) -> None:
    world.model(Tags=tags(**{f"k{n}": "" for n in range(50)}))
    world.call("AddTags", ResourceArn=MODEL_ARN, Tags=tags(k1="again"))
    assert "at most 50 tags" in world.refused("AddTags", ResourceArn=MODEL_ARN, Tags=tags(k50=""))
    assert len(listed(world)) == 50


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_an_arn_has_the_partition_of_its_region_and_can_be_taken_apart(region: str, partition: str) -> None:
    arns = Arns(region, "111122223333")
    arn = arns.of("endpoint-config", "c-1")
    assert arn == f"arn:{partition}:sagemaker:{region}:111122223333:endpoint-config/c-1"
    assert arns.parse(arn) == ("endpoint-config", "c-1")


def test_an_arn_of_another_account_or_service_is_not_parsed() -> None:
    arns = Arns("eu-west-1", "111122223333")
    assert arns.parse("arn:aws:sagemaker:eu-west-1:999999999999:model/m") is None
    assert arns.parse("arn:aws:s3:::bucket") is None
