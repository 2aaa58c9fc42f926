"""What DescribeEndpoint's answer says for idle cleanup."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.cleanup.snapshot import Variant, may_have_components, snapshot_of

IMAGES = [{"SpecifiedImage": "image:1"}]
CREATED, MODIFIED = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


def described(*variants: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "EndpointName": "digits",
        "EndpointArn": "arn:aws:sagemaker:us-east-1:111122223333:endpoint/digits",
        "EndpointConfigName": "digits-0f1e2d3c4b5a",
        "EndpointStatus": "InService",
        "CreationTime": CREATED,
        "LastModifiedTime": MODIFIED,
        "ProductionVariants": list(variants),
        **fields,
    }


def variant(name: str = "AllTraffic", **fields: Any) -> dict[str, Any]:
    return {"VariantName": name, **fields}


def test_shadow_variants_are_variants() -> None:
    shadows = [variant("Shadow", CurrentInstanceCount=2)]

    snapshot = snapshot_of(described(variant("Blue", CurrentInstanceCount=1), ShadowProductionVariants=shadows), {})

    assert snapshot.variants == (Variant("Blue", 1), Variant("Shadow", 2))


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"CurrentInstanceCount": 0, "DesiredInstanceCount": 0}, Variant("AllTraffic", 0)),
        ({"CurrentInstanceCount": 0, "DesiredInstanceCount": 1}, Variant("AllTraffic", 1)),  # being scaled out
        ({"CurrentInstanceCount": 1, "DesiredInstanceCount": 0}, Variant("AllTraffic", 1)),
        ({}, Variant("AllTraffic")),
        ({"CurrentServerlessConfig": {"MemorySizeInMB": 1024}}, Variant("AllTraffic", serverless=True)),
        ({"DesiredServerlessConfig": {"MemorySizeInMB": 1024}}, Variant("AllTraffic", serverless=True)),
    ],
)
def test_a_variant_is_what_it_has_and_is_to_have(fields: dict[str, Any], found: Variant) -> None:
    assert snapshot_of(described(variant(**fields)), {}).variants == (found,)


def test_an_update_that_has_not_begun_is_pending() -> None:
    pending = {"EndpointConfigName": "digits-1"}

    assert snapshot_of(described(variant(), PendingDeploymentSummary=pending), {}).pending
    assert not snapshot_of(described(variant()), {}).pending


def test_an_asynchronous_endpoint_says_so() -> None:
    assert snapshot_of(described(variant(), AsyncInferenceConfig={"OutputConfig": {}}), {}).asynchronous
    assert not snapshot_of(described(variant()), {}).asynchronous


def test_the_rest_is_as_it_is_described() -> None:
    snapshot = snapshot_of(described(variant()), {"slipway:stack": "slipway"}, ("llama",))

    assert (snapshot.name, snapshot.status, snapshot.components) == ("digits", "InService", ("llama",))
    assert (snapshot.created, snapshot.modified, snapshot.tags) == (CREATED, MODIFIED, {"slipway:stack": "slipway"})


@pytest.mark.parametrize(
    ("variants", "may"),
    [
        ([variant(CurrentInstanceCount=1)], True),
        ([variant(CurrentInstanceCount=1, DeployedImages=IMAGES)], False),
        ([variant(DeployedImages=IMAGES), variant("Components", CurrentInstanceCount=1)], True),
        ([variant(CurrentServerlessConfig={"MemorySizeInMB": 1024})], False),
    ],
)
def test_a_variant_without_a_model_of_its_own_may_have_components(variants: list[dict[str, Any]], may: bool) -> None:
    assert may_have_components(described(*variants)) is may
