"""UpdateEndpointWeightsAndCapacities."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import World, variant

SERVERLESS = {"MemorySizeInMB": 1024, "MaxConcurrency": 5}


def refused(world: World, *changes: dict[str, Any]) -> str:
    return world.refused(
        "UpdateEndpointWeightsAndCapacities", EndpointName="endpoint-1", DesiredWeightsAndCapacities=list(changes)
    )


def test_new_weights_and_counts_are_desired_at_once_and_current_after_a_while(world: World) -> None:
    world.in_service(variant("A"), variant("B"))
    world.rescale({"VariantName": "A", "DesiredWeight": 0.25, "DesiredInstanceCount": 3})
    answer = world.describe()
    first, second = answer["ProductionVariants"]
    assert answer["EndpointStatus"] == "Updating"
    assert "PendingDeploymentSummary" not in answer
    assert (first["CurrentWeight"], first["DesiredWeight"]) == (1.0, 0.25)
    assert (first["CurrentInstanceCount"], first["DesiredInstanceCount"]) == (1, 3)
    serving = world.sagemaker.hosted.serving("endpoint-1")
    assert serving is not None
    assert [v.weight for v in serving] == [1.0, 1.0]
    world.finish()
    answer = world.describe()
    assert answer["EndpointStatus"] == "InService"
    first, again = answer["ProductionVariants"]
    assert (first["CurrentWeight"], first["CurrentInstanceCount"]) == (0.25, 3)
    assert again == second
    serving = world.sagemaker.hosted.serving("endpoint-1")
    assert serving is not None
    assert [v.weight for v in serving] == [0.25, 1.0]


def test_no_container_is_restarted(world: World) -> None:
    world.in_service()
    world.rescale({"VariantName": "AllTraffic", "DesiredInstanceCount": 9})
    world.finish()
    assert [c.stopped for c in world.hosting.started] == [False]


def test_an_unknown_variant_changes_nothing(world: World) -> None:
    world.in_service()
    message = refused(
        world, {"VariantName": "AllTraffic", "DesiredWeight": 9}, {"VariantName": "B"}, {"VariantName": "C"}
    )
    assert message == ('The variant name(s) "B, C" is/are not present within endpoint configuration "config-1".')
    assert world.describe()["ProductionVariants"][0]["DesiredWeight"] == 1.0


def test_serverless_variants_change_their_concurrency(world: World) -> None:
    world.in_service(variant(ServerlessConfig=SERVERLESS))
    world.rescale({"VariantName": "AllTraffic", "ServerlessUpdateConfig": {"MaxConcurrency": 9}})
    world.finish()
    (shown,) = world.describe()["ProductionVariants"]
    assert shown["CurrentServerlessConfig"] == SERVERLESS | {"MaxConcurrency": 9}


@pytest.mark.parametrize(
    ("hosting", "change", "said"),
    [
        ({}, {"ServerlessUpdateConfig": {"MaxConcurrency": 9}}, "is not serverless"),
        ({"ServerlessConfig": SERVERLESS}, {"DesiredInstanceCount": 2}, "has no DesiredInstanceCount"),
        (
            {"ServerlessConfig": SERVERLESS},
            {"ServerlessUpdateConfig": {"ProvisionedConcurrency": 6}},
            "ProvisionedConcurrency must be less than or equal to MaxConcurrency",
        ),
    ],
)
def test_a_change_must_fit_how_the_variant_is_hosted(
    world: World, hosting: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    world.in_service(variant(**hosting))
    assert said in refused(world, {"VariantName": "AllTraffic"} | change)


def test_a_variant_is_changed_once_in_a_request(world: World) -> None:
    """The words are moto's, which quotes AWS (tests/test_sagemaker/test_sagemaker_endpoint.py)."""
    world.in_service()
    change = {"VariantName": "AllTraffic", "DesiredWeight": 2.0}

    assert refused(world, change, change) == 'The variant name "AllTraffic" was non-unique within the request.'
