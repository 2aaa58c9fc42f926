from __future__ import annotations

from tests.unit.slipway_local.sagemaker.world import World, variant


def test_a_container_knows_the_type_of_its_instance() -> None:
    world = World()
    world.in_service()

    assert world.hosting.started[0].spec.instance_type == "ml.m5.xlarge"
    assert world.hosting.started[0].spec.memory_size_in_mb is None


def test_a_serverless_container_knows_its_memory() -> None:
    world = World()
    world.in_service(variant(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 1}))

    assert world.hosting.started[0].spec.instance_type is None
    assert world.hosting.started[0].spec.memory_size_in_mb == 2048


def test_a_serving_variant_knows_its_size() -> None:
    world = World()
    world.in_service(variant(InitialInstanceCount=3))

    [serving] = world.sagemaker.hosted.serving("endpoint-1") or []
    assert serving.instance_count == 3
