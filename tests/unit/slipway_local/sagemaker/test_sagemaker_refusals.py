"""What SageMaker refuses, in its words, beside endpoint-1 InService with config-1 of model-1."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, REGION, ROLE, World, variant

ECR = f"111122223333.dkr.ecr.{REGION}.amazonaws.com/group/object-detection"
FOREIGN = "433757028032.dkr.ecr.us-west-2.amazonaws.com/object-detection:1"
GONE = "s3://bucket/gone.tar.gz"
GONE_SOURCE = {"S3DataSource": {"S3Uri": GONE, "S3DataType": "S3Object", "CompressionType": "Gzip"}}
GONE_ENDPOINT, OTHER_KIND = f"{PREFIX}endpoint/gone", f"{PREFIX}processing-job/x"
OTHER_REGION = f"{PREFIX}model/model-1".replace(REGION, "us-east-1")
OTHER_ACCOUNT = f"{PREFIX}model/model-1".replace("111122223333", "999999999999")
STRANGER = ROLE + "-of-others"
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
HOSTING = {"VariantName": "A", "ModelName": "model-1"}
ASYNC = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/out"}}}
RETAINED: dict[str, Any] = {"ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}]}
TAG = [{"Key": "a", "Value": "1"}]
NO_MODEL = f'Could not find model "{PREFIX}model/x".'
NO_CONFIG = f'Could not find endpoint configuration "{PREFIX}endpoint-config/x".'
NO_ENDPOINT = f'Could not find endpoint "{PREFIX}endpoint/x".'
IN_USE = f'while it is in use by endpoint "{PREFIX}endpoint/endpoint-1".'


def pools(*types: str, priorities: tuple[int, ...] = (1, 2)) -> list[dict[str, Any]]:
    return [{"InstanceType": name, "Priority": place} for name, place in zip(types, priorities, strict=False)]


def model(**fields: Any) -> tuple[str, dict[str, Any]]:
    return "CreateModel", {"ModelName": "m", "PrimaryContainer": {"Image": IMAGE}} | fields


def container(**fields: Any) -> tuple[str, dict[str, Any]]:
    return model(PrimaryContainer={"Image": IMAGE} | fields)


def config(*variants: dict[str, Any], **fields: Any) -> tuple[str, dict[str, Any]]:
    return "CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": list(variants)} | fields


def shadowed(names: str, shadows: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return config(*map(variant, names), ShadowProductionVariants=[variant(name) for name in shadows], **fields)


def endpoint(operation: str, name: str = "endpoint-1", **fields: Any) -> tuple[str, dict[str, Any]]:
    return operation, {"EndpointName": name, "EndpointConfigName": "config-1"} | fields


REFUSALS: list[tuple[tuple[str, dict[str, Any]], str]] = [
    # What is missing.
    (("DescribeModel", {"ModelName": "x"}), NO_MODEL),
    (("DeleteModel", {"ModelName": "x"}), NO_MODEL),
    (config(variant(model="x")), NO_MODEL),
    (("DescribeEndpointConfig", {"EndpointConfigName": "x"}), NO_CONFIG),
    (("DeleteEndpointConfig", {"EndpointConfigName": "x"}), NO_CONFIG),
    (endpoint("CreateEndpoint", "e", EndpointConfigName="x"), NO_CONFIG),
    (endpoint("UpdateEndpoint", EndpointConfigName="x"), NO_CONFIG),
    (("DescribeEndpoint", {"EndpointName": "x"}), NO_ENDPOINT),
    (("DeleteEndpoint", {"EndpointName": "x"}), NO_ENDPOINT),
    (endpoint("UpdateEndpoint", "x"), NO_ENDPOINT),
    (container(ModelDataUrl=GONE), f"Could not find model data at {GONE}."),
    (container(ModelDataSource=GONE_SOURCE), f"Could not find model data at {GONE}."),
    # What exists, or is in use.
    (model(ModelName="model-1"), f'Cannot create already existing model "{PREFIX}model/model-1".'),
    (
        config(variant(model="x"), EndpointConfigName="config-1"),  # before the missing model
        f'Cannot create already existing endpoint configuration "{PREFIX}endpoint-config/config-1".',
    ),
    (endpoint("CreateEndpoint"), f'Cannot create already existing endpoint "{PREFIX}endpoint/endpoint-1".'),
    (("DeleteModel", {"ModelName": "model-1"}), f'Cannot delete model "{PREFIX}model/model-1" {IN_USE}'),
    (
        ("DeleteEndpointConfig", {"EndpointConfigName": "config-1"}),
        f'Cannot delete endpoint configuration "{PREFIX}endpoint-config/config-1" {IN_USE}',
    ),
    # Models.
    (
        container(Image=FOREIGN),
        f'Region of "{FOREIGN}" does not match expected region of {REGION}. '
        "Cross region ECR image pulls are not allowed.",
    ),
    (container(Image=ECR), f'ECR image "{ECR}" is invalid.'),
    (
        container(Image="docker.io/library/python:3"),
        'Using non-ECR image "docker.io/library/python:3" without Vpc repository access mode is not supported.',
    ),
    (
        model(ExecutionRoleArn=STRANGER),
        f"Could not assume role {STRANGER}. Please ensure that the role exists and allows",
    ),
    (("CreateModel", {"ModelName": "m"}), "Exactly one of PrimaryContainer and Containers must be given."),
    (model(Containers=[{"Image": IMAGE}]), "Exactly one of PrimaryContainer and Containers must be given."),
    (model(PrimaryContainer={"ModelDataUrl": "s3://b/k"}), "A container needs an Image"),
    # Endpoint configurations.
    (config(variant(), variant()), "Every VariantName must be unique"),
    (config({"VariantName": "A", "InstanceType": "ml.m5.xlarge"}), "needs a ModelName"),
    (config(HOSTING), "it has none"),
    (
        config(variant(InstanceType="ml.m5.xlarge", ServerlessConfig=SERVERLESS)),
        "has InstanceType and ServerlessConfig",
    ),
    (config(HOSTING | {"InstanceType": "ml.m5.xlarge"}), "needs an InitialInstanceCount"),
    (config(HOSTING | {"InstancePools": pools("ml.m5.large")}), "needs an InitialInstanceCount"),
    (config(variant(ServerlessConfig=SERVERLESS, InitialInstanceCount=1)), "cannot have InitialInstanceCount"),
    (config(variant(ServerlessConfig=SERVERLESS | {"MemorySizeInMB": 1500})), "MemorySizeInMB must be one of"),
    (
        config(variant(ServerlessConfig=SERVERLESS | {"ProvisionedConcurrency": 6})),
        "ProvisionedConcurrency must be less than or equal to MaxConcurrency",
    ),
    (
        config(variant(InstancePools=pools("ml.m5.xlarge", "ml.m5.large", priorities=(1, 1)))),
        "Every Priority in InstancePools must be unique",
    ),
    (shadowed("AB", "S"), "one variant of each kind"),
    (shadowed("A", "ST"), "one variant of each kind"),
    (shadowed("A", "A"), "Every VariantName must be unique"),
    (shadowed("A", "S", **ASYNC), "An asynchronous endpoint cannot have ShadowProductionVariants."),
    # Updates.
    (endpoint("UpdateEndpoint", Tags=[]), 'Unknown parameter in input: "Tags"'),
    (endpoint("UpdateEndpoint", **RETAINED), "needs RetainAllVariantProperties"),
    (endpoint("UpdateEndpoint", RetainDeploymentConfig=True, DeploymentConfig={}), "RetainDeploymentConfig is true"),
    # Tags.
    (model(Tags=[*TAG, {"Key": "A", "Value": "2"}]), "Duplicate tag keys found."),
    (model(Tags=[{"Key": "aws:mine", "Value": "1"}]), "aws: prefixed tag key names are not allowed"),
    (("ListTags", {"ResourceArn": f"{PREFIX}model/model-1", "NextToken": "x"}), "NextToken"),
    (("AddTags", {"ResourceArn": GONE_ENDPOINT, "Tags": TAG}), f'Could not find endpoint "{GONE_ENDPOINT}".'),
    (("ListTags", {"ResourceArn": OTHER_KIND}), f'Could not find resource "{OTHER_KIND}".'),
    (("DeleteTags", {"ResourceArn": OTHER_REGION, "TagKeys": ["a"]}), f'Could not find resource "{OTHER_REGION}".'),
    (("ListTags", {"ResourceArn": OTHER_ACCOUNT}), f'Could not find resource "{OTHER_ACCOUNT}".'),
]


@pytest.mark.parametrize(("request_", "said"), REFUSALS, ids=lambda value: str(value)[:90])
def test_a_request_is_refused_in_awss_words_and_changes_nothing(
    world: World, request_: tuple[str, dict[str, Any]], said: str
) -> None:
    world.in_service()
    world.objects.missing.add(GONE)
    world.roles.unknown.add(STRANGER)
    lists = ("ListModels", "ListEndpointConfigs", "ListEndpoints")
    before = [world.call(operation) for operation in lists]

    operation, params = request_
    assert said in world.refused(operation, **params)

    assert [world.call(operation) for operation in lists] == before
    assert not world.jobs
