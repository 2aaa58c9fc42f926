"""Which models a configuration needs, and which names could be a version's."""

from __future__ import annotations

import pytest

from slipway.deployment.endpoint_status import models_of
from slipway.deployment.names import content_addressed_name, is_content_addressed

LONG = "an-endpoint-whose-name-is-as-long-as-the-name-may-be-63-letters"


def test_variants_shadow_variants_and_instance_pools_have_models() -> None:
    pools = [{"InstanceType": "ml.m5.large", "Priority": 1, "ModelNameOverride": "pooled"}, {"Priority": 2}]
    config = {
        "ProductionVariants": [{"ModelName": "first"}, {"ModelName": "second", "InstancePools": pools}],
        "ShadowProductionVariants": [{"ModelName": "shadow"}, {"ModelName": "first"}],
    }

    assert models_of(config) == {"first", "second", "shadow", "pooled"}


def test_a_variant_of_inference_components_has_none() -> None:
    assert models_of({"ProductionVariants": [{"VariantName": "v"}]}) == frozenset()


@pytest.mark.parametrize("endpoint_name", ["e", "digits", "a--b", LONG])
def test_a_name_that_slipway_gave_could_be_a_versions(endpoint_name: str) -> None:
    assert is_content_addressed(content_addressed_name(endpoint_name, {"a": 1}), endpoint_name)


@pytest.mark.parametrize(
    "name",
    ["digits", "digits-", "digits-0f1e2d3c4b5", "digits-0f1e2d3c4b5ag", "digits-0F1E2D3C4B5A", "digits-2-0f1e2d3c4b5a"],
)
def test_another_name_could_not(name: str) -> None:
    assert not is_content_addressed(name, "digits")
