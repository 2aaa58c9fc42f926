"""What AWS's documentation rules out is refused by the local SageMaker: one case per sentence, and one beside it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, World

DATA = "s3://bucket/model.tar.gz"
SOURCE = {"S3DataSource": {"S3Uri": DATA, "S3DataType": "S3Object", "CompressionType": "Gzip"}}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
ASYNC = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out/"}}}
CAPTURE = {
    "DataCaptureConfig": {
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://bucket/captured/",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
}
VPC = {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}}
INSTANCE = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def on(hosting: dict[str, Any], name: str = "A", model: str = "model-1") -> dict[str, Any]:
    return {"VariantName": name, "ModelName": model, **hosting}


def with_model(world: World, **fields: Any) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": DATA} | fields.pop("container", {})
    world.call("CreateModel", ModelName="model-1", **{"PrimaryContainer": container} | fields)


@pytest.mark.parametrize(
    "environment", [{"A": "é" * 513}, {f"K{n}": "v" * 1000 for n in range(33)}], ids=["value", "map"]
)
def test_an_environment_has_bytes_and_not_characters(world: World, environment: dict[str, str]) -> None:
    refused = world.refused("CreateModel", ModelName="m", PrimaryContainer={"Image": IMAGE, "Environment": environment})

    assert "1024 bytes" in refused or "32 KB" in refused


def test_containers_share_the_size_of_their_environments(world: World) -> None:
    half = {f"K{n}": "v" * 1000 for n in range(17)}
    containers = [{"Image": IMAGE, "ModelDataUrl": DATA, "Environment": half} for _ in range(2)]

    assert "32 KB" in world.refused("CreateModel", ModelName="m", Containers=containers)
    world.call("CreateModel", ModelName="m", Containers=[containers[0], {"Image": IMAGE, "ModelDataUrl": DATA}])


@pytest.mark.parametrize("instance_type", ["ml.m5d.large", "ml.g4dn.xlarge", "ml.p4d.24xlarge", "ml.g5.xlarge"])
def test_local_disks_take_no_volume_size(world: World, instance_type: str) -> None:
    with_model(world)
    wanted = on(INSTANCE | {"InstanceType": instance_type, "VolumeSizeInGB": 30})

    assert world.refused("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[wanted]) == (
        "VolumeSize parameter is not allowed for the selected Instance type"
    )
    world.call(
        "CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[on(INSTANCE | {"VolumeSizeInGB": 30})]
    )


@pytest.mark.parametrize(
    ("variant", "config", "said"),
    [
        ({}, {"MetricsConfig": {"MetricPublishFrequencyInSeconds": 61}}, "MetricPublishFrequencyInSeconds"),
        ({"RoutingConfig": {"RoutingStrategy": "PREFIX_AWARE"}}, {}, "requires PrefixLength"),
        ({"RoutingConfig": {"RoutingStrategy": "PREFIX_AWARE", "PrefixAwareRoutingConfig": {}}}, {}, "PrefixLength"),
        (
            {"RoutingConfig": {"RoutingStrategy": "RANDOM", "PrefixAwareRoutingConfig": {"PrefixLength": 1024}}},
            {},
            "requires the RoutingStrategy",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_metrics_and_routing_have_documented_values(
    world: World, variant: dict[str, Any], config: dict[str, Any], said: str
) -> None:
    with_model(world)
    request = {"EndpointConfigName": "c", "ProductionVariants": [on(INSTANCE | variant)]} | config

    assert said in world.refused("CreateEndpointConfig", **request)


@pytest.mark.parametrize(
    ("model", "config", "said"),
    [
        (VPC, {}, "VpcConfig"),
        ({"EnableNetworkIsolation": True}, {}, "EnableNetworkIsolation"),
        ({"container": {"ModelDataUrl": None, "ModelDataSource": SOURCE}}, {}, "ModelDataSource"),
        ({}, CAPTURE, "DataCaptureConfig"),
        ({}, ASYNC, "AsyncInferenceConfig"),
        ({}, {"ProductionVariants": [on(SERVERLESS), on(SERVERLESS, "B")]}, "more than one production variant"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_serverless_inference_excludes(world: World, model: dict[str, Any], config: dict[str, Any], said: str) -> None:
    with_model(world, **model)
    request = {"EndpointConfigName": "c", "ProductionVariants": [on(SERVERLESS)]} | config

    assert said in world.refused("CreateEndpointConfig", **request)


@pytest.mark.parametrize(
    "config", [CAPTURE, {"ProductionVariants": [on(INSTANCE), on(INSTANCE, "B")]}], ids=["capture", "two variants"]
)
def test_an_asynchronous_endpoint_excludes(world: World, config: dict[str, Any]) -> None:
    with_model(world)
    world.call(
        "CreateEndpointConfig", **{"EndpointConfigName": "c", "ProductionVariants": [on(INSTANCE)]} | ASYNC | config
    )

    assert world.refused("CreateEndpoint", EndpointName="e", EndpointConfigName="c") == (
        "One or more endpoint features are not supported using this configuration."
    )


def test_endpoint_names_are_compared_without_regard_to_case(world: World) -> None:
    world.in_service()

    assert world.refused("CreateEndpoint", EndpointName="ENDPOINT-1", EndpointConfigName="config-1") == (
        f'Cannot create already existing endpoint "{PREFIX}endpoint/endpoint-1".'
    )


HOSTINGS: dict[str, dict[str, Any]] = {
    "instances": {"ProductionVariants": [on(INSTANCE)]},
    "pools": {
        "ProductionVariants": [
            on({"InstancePools": [{"InstanceType": "ml.m5.large", "Priority": 1}], "InitialInstanceCount": 1})
        ]
    },
    "serverless": {"ProductionVariants": [on(SERVERLESS)]},
    "asynchronous": {"ProductionVariants": [on(INSTANCE)], **ASYNC},
}
REFUSED = {
    ("instances", "serverless"), ("pools", "serverless"), ("instances", "asynchronous"), ("pools", "asynchronous"),
    ("serverless", "asynchronous"), ("asynchronous", "instances"), ("asynchronous", "pools"),
    ("asynchronous", "serverless"),
}  # fmt: skip


@pytest.mark.parametrize("wanted", HOSTINGS)
@pytest.mark.parametrize("current", HOSTINGS)
def test_an_update_changes_the_kind_of_hosting_as_documented(world: World, current: str, wanted: str) -> None:
    with_model(world)
    for name in {current, wanted}:
        world.call("CreateEndpointConfig", EndpointConfigName=name, **HOSTINGS[name])
    world.call("CreateEndpoint", EndpointName="e", EndpointConfigName=current)
    world.finish()

    update = {"EndpointName": "e", "EndpointConfigName": wanted}
    if (current, wanted) in REFUSED:
        assert world.refused("UpdateEndpoint", **update)
        assert world.call("DescribeEndpoint", EndpointName="e")["EndpointStatus"] == "InService"
    else:
        world.call("UpdateEndpoint", **update)
