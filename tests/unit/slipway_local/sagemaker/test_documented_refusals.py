"""What AWS's documentation rules out is refused by the local SageMaker: one case per sentence, and one beside it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, ROLE, World

KMS = PREFIX.replace(":sagemaker:", ":kms:")
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
        (
            {"container": {"AdditionalModelDataSources": [{"ChannelName": "draft", **SOURCE}]}},
            {},
            "ModelDataSource",
        ),
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


EXECUTION_ROLE_ACTIONS = (
    ["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
    # DG "How to use SageMaker AI execution roles": "If you specify a private VPC for your model, add the following"
    [
        "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs",
        "ec2:DescribeDhcpOptions", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups",
    ],
)  # fmt: skip


@pytest.mark.parametrize("action", EXECUTION_ROLE_ACTIONS[0])
def test_a_role_that_may_not_pull_the_image_is_refused_with_awss_words(world: World, action: str) -> None:
    world.roles.denied.add(action)
    request = {"ModelName": "m", "PrimaryContainer": {"Image": IMAGE}}

    assert world.refused("CreateModel", **request, ExecutionRoleArn=ROLE) == (
        f"Role {ROLE} cannot pull {IMAGE}. Ensure that the role exists and the image was granted pull permission."
    )
    world.call("CreateModel", **request)


@pytest.mark.parametrize("action", EXECUTION_ROLE_ACTIONS[1])
def test_a_model_in_a_vpc_takes_nine_actions_of_the_role(world: World, action: str) -> None:
    world.roles.denied.add(action)
    request = {"ModelName": "m", "PrimaryContainer": {"Image": IMAGE}, "ExecutionRoleArn": ROLE}

    assert f"{action} on *" in world.refused("CreateModel", **request, **VPC)
    world.call("CreateModel", **request)


ALARMS: dict[str, Any] = {"DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}}


def test_the_role_describes_the_alarms_of_an_update(world: World) -> None:
    """DG "Auto-Rollback Configuration and Monitoring": the role needs it on the alarms that are specified."""
    world.in_service()
    world.second_config()
    world.roles.denied.add("cloudwatch:DescribeAlarms")
    update = {"EndpointName": "endpoint-1", "EndpointConfigName": "config-2"}

    alarm = PREFIX.replace(":sagemaker:", ":cloudwatch:") + "alarm:errors"
    assert f"cloudwatch:DescribeAlarms on {alarm}" in world.refused("UpdateEndpoint", **update, **ALARMS)
    world.call("UpdateEndpoint", **update)


def test_an_update_with_an_alarm_that_does_not_exist_is_refused(world: World) -> None:
    """No page of AWS says what happens; the words are ours."""
    world.in_service()
    world.second_config()
    world.alarms.missing.add("errors")
    update = {"EndpointName": "endpoint-1", "EndpointConfigName": "config-2"}

    assert "Could not find the CloudWatch alarms ['errors']" in world.refused("UpdateEndpoint", **update, **ALARMS)
    assert world.describe()["EndpointStatus"] == "InService"


def test_an_update_while_an_alarm_fires_is_rolled_back(world: World) -> None:
    """DG "Auto-Rollback Configuration and Monitoring": "a complete rollback to the old endpoint"."""
    world.in_service()
    world.second_config()
    world.alarms.ringing.add("errors")

    world.update(**ALARMS)
    world.finish()

    found = world.describe()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "config-1")
    assert found["FailureReason"] == "The deployment was rolled back: in ALARM are errors."


@pytest.mark.parametrize(
    "wanted",
    [[on({"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1})], [on(INSTANCE, "B")]],
    ids=["another type", "removed"],
)
def test_a_scaled_variant_keeps_its_type_and_is_not_removed(world: World, wanted: list[dict[str, Any]]) -> None:
    """DG "Update endpoints that use automatic scaling"."""
    with_model(world)
    world.call("CreateEndpointConfig", EndpointConfigName="c1", ProductionVariants=[on(INSTANCE)])
    world.call("CreateEndpointConfig", EndpointConfigName="c2", ProductionVariants=wanted)
    world.call("CreateEndpoint", EndpointName="e", EndpointConfigName="c1")
    world.finish()
    world.targets.scaled["e"] = {"A"}

    assert 'variant "A" is a scalable target' in world.refused(
        "UpdateEndpoint", EndpointName="e", EndpointConfigName="c2"
    )
    world.targets.deregister("e")
    world.call("UpdateEndpoint", EndpointName="e", EndpointConfigName="c2")


def test_the_deletion_of_an_endpoint_deregisters_its_variants(world: World) -> None:
    """DG "Delete endpoints configured for automatic scaling": the caller's permission for it is asked for."""
    world.in_service()
    world.targets.scaled["endpoint-1"] = {"AllTraffic"}

    assert world.sagemaker.needed_of_caller("DeleteEndpoint", {"EndpointName": "endpoint-1"}) == [
        (
            "application-autoscaling:DeregisterScalableTarget",
            f"{PREFIX.replace(':sagemaker:', ':application-autoscaling:')}scalable-target/endpoint/endpoint-1/variant/"
            "AllTraffic",
        )
    ]
    world.call("DeleteEndpoint", EndpointName="endpoint-1")
    assert world.targets.scaled == {}


@pytest.mark.parametrize("operation", ["CreateEndpoint", "UpdateEndpoint"])
@pytest.mark.parametrize(
    ("key", "arn"),
    [
        ("alias/mine", f"{KMS}alias/mine"),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", f"{KMS}key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        (f"{KMS}key/k", f"{KMS}key/k"),
    ],
)
def test_the_caller_grants_the_key_of_the_volumes(world: World, operation: str, key: str, arn: str) -> None:
    """CreateEndpointConfig, KmsKeyId: the key's policy grants it to who calls CreateEndpoint and UpdateEndpoint."""
    world.model()
    world.config("config-1", KmsKeyId=key)

    assert world.sagemaker.needed_of_caller(operation, {"EndpointConfigName": "config-1"}) == [("kms:CreateGrant", arn)]
    assert world.sagemaker.needed_of_caller(operation, {"EndpointConfigName": "none"}) == []


def test_an_endpoint_in_one_subnet_fails(world: World) -> None:
    """DG "Give SageMaker AI Hosted Endpoints Access to Resources in Your Amazon VPC": at least two."""
    with_model(world, VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]})
    world.call("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[on(INSTANCE)])
    world.call("CreateEndpoint", EndpointName="e", EndpointConfigName="c")
    world.finish()

    found = world.call("DescribeEndpoint", EndpointName="e")
    assert found["EndpointStatus"] == "Failed"
    assert "at least two subnets" in found["FailureReason"]
