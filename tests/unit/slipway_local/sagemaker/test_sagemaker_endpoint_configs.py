from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import PREFIX, START, World, variant

from slipway_local.ports import HostingFailed

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


def test_a_configuration_cannot_be_created_twice(world: World) -> None:
    world.model()
    arn = world.config("c")
    message = world.refused("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[variant()])
    assert message == f'Cannot create already existing endpoint configuration "{arn}".'


def test_a_name_that_is_taken_is_refused_before_a_model_that_is_missing(world: World) -> None:
    world.model()
    world.config("c")
    world.call("DeleteModel", ModelName="model-1")
    message = world.refused("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[variant()])
    assert message.startswith("Cannot create already existing endpoint configuration")


@pytest.mark.parametrize("operation", ["DescribeEndpointConfig", "DeleteEndpointConfig"])
def test_a_missing_configuration_is_not_found(world: World, operation: str) -> None:
    message = world.refused(operation, EndpointConfigName="c")
    assert message == f'Could not find endpoint configuration "{PREFIX}endpoint-config/c".'


def test_a_configuration_needs_its_models(world: World) -> None:
    message = world.refused("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[variant()])
    assert message == f'Could not find model "{PREFIX}model/model-1".'
    assert world.call("ListEndpointConfigs") == {"EndpointConfigs": []}


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        ([variant(), variant()], "Every VariantName must be unique"),
        ([{"VariantName": "A", "InstanceType": "ml.m5.xlarge"}], "needs a ModelName"),
        ([{"VariantName": "A", "ModelName": "model-1"}], "it has none"),
        (
            [variant(InstanceType="ml.m5.xlarge", ServerlessConfig=SERVERLESS)],
            "it has InstanceType and ServerlessConfig",
        ),
        (
            [{"VariantName": "A", "ModelName": "model-1", "InstanceType": "ml.m5.xlarge"}],
            "needs an InitialInstanceCount",
        ),
        (
            [
                {
                    "VariantName": "A",
                    "ModelName": "model-1",
                    "InstancePools": [{"InstanceType": "ml.m5.large", "Priority": 1}],
                }
            ],
            "needs an InitialInstanceCount",
        ),
        ([variant(ServerlessConfig=SERVERLESS, InitialInstanceCount=1)], "cannot have InitialInstanceCount"),
        ([variant(ServerlessConfig=SERVERLESS | {"MemorySizeInMB": 1500})], "MemorySizeInMB must be one of"),
        (
            [variant(ServerlessConfig=SERVERLESS | {"ProvisionedConcurrency": 6})],
            "ProvisionedConcurrency must be less than or equal to MaxConcurrency",
        ),
        (
            [
                variant(
                    InstancePools=[
                        {"InstanceType": "ml.m5.xlarge", "Priority": 1},
                        {"InstanceType": "ml.m5.large", "Priority": 1},
                    ]
                )
            ],
            "Every Priority in InstancePools must be unique",
        ),
    ],
)
def test_variants_that_make_no_sense_are_refused(world: World, variants: list[dict[str, Any]], said: str) -> None:
    world.model()
    message = world.refused("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=variants)
    assert said in message


def test_all_the_concurrency_may_be_provisioned(world: World) -> None:
    world.model()
    world.config("c", variant(ServerlessConfig=SERVERLESS | {"ProvisionedConcurrency": 5}))
    assert len(world.call("ListEndpointConfigs")["EndpointConfigs"]) == 1


@pytest.mark.parametrize(
    ("production", "shadows", "more", "said"),
    [
        (["A", "B"], ["S"], {}, "one variant of each kind"),
        (["A"], ["S", "T"], {}, "one variant of each kind"),
        (["A"], ["A"], {}, "Every VariantName must be unique"),
        (
            ["A"],
            ["S"],
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/out"}}},
            "An asynchronous endpoint cannot have ShadowProductionVariants.",
        ),
    ],
)
def test_there_is_one_shadow_beside_one_production_variant(
    world: World, production: list[str], shadows: list[str], more: dict[str, Any], said: str
) -> None:
    world.model()
    message = world.refused(
        "CreateEndpointConfig",
        EndpointConfigName="c",
        ProductionVariants=[variant(name) for name in production],
        ShadowProductionVariants=[variant(name) for name in shadows],
        **more,
    )
    assert said in message


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


def test_the_configuration_of_a_live_endpoint_cannot_be_deleted(world: World) -> None:
    world.in_service()
    assert world.refused("DeleteEndpointConfig", EndpointConfigName="config-1") == (
        f'Cannot delete endpoint configuration "{PREFIX}endpoint-config/config-1" while it is in use by '
        f'endpoint "{PREFIX}endpoint/endpoint-1".'
    )


def test_the_old_and_the_new_configuration_of_an_update_are_both_in_use(world: World) -> None:
    world.in_service()
    world.second_config()
    world.update()
    for name in ("config-1", "config-2"):
        assert "is in use" in world.refused("DeleteEndpointConfig", EndpointConfigName=name)
    world.finish()
    assert world.call("DeleteEndpointConfig", EndpointConfigName="config-1") == {}
    assert "is in use" in world.refused("DeleteEndpointConfig", EndpointConfigName="config-2")


def test_a_failed_endpoint_keeps_neither_its_configuration_nor_its_model(world: World) -> None:
    world.hosting.failures.append(HostingFailed("no"))
    world.model()
    world.config()
    world.endpoint()
    world.finish()
    assert world.describe()["EndpointStatus"] == "Failed"
    assert world.call("DeleteEndpointConfig", EndpointConfigName="config-1") == {}
    assert world.call("DeleteModel", ModelName="model-1") == {}


def test_an_endpoint_that_is_being_deleted_needs_its_configuration_no_more(world: World) -> None:
    world.in_service()
    world.call("DeleteEndpoint", EndpointName="endpoint-1")
    assert world.call("DeleteEndpointConfig", EndpointConfigName="config-1") == {}
