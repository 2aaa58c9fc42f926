"""AWS's own registries: every image of the catalogue is in one of them, and no other account is."""

from __future__ import annotations

import pytest

from slipway.images import accounts_of_aws, parse_image_uri, resolve_image


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("framework", ["sklearn", "object-detection", "xgboost"])
def test_what_is_resolved_comes_from_an_account_of_aws(framework: str, region: str) -> None:
    image = resolve_image(framework, region, instance_type="ml.m5.large")

    assert parse_image_uri(image).account in accounts_of_aws(region)


def test_other_accounts_are_not_aws() -> None:
    assert "111122223333" not in accounts_of_aws("us-east-1")
    assert accounts_of_aws("mars-north-1") == frozenset()
