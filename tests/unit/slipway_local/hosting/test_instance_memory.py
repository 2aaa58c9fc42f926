from __future__ import annotations

import pytest

from slipway_local.hosting.instance_memory import memory_mib


@pytest.mark.parametrize(
    ("instance_type", "gib"),
    [
        ("ml.t2.medium", 4),
        ("ml.m5.large", 8),
        ("ml.m5.xlarge", 16),
        ("ml.c5.9xlarge", 72),
        ("ml.r5.2xlarge", 64),
        ("ml.g4dn.12xlarge", 192),
        ("ml.g5.48xlarge", 768),
        ("ml.p3.2xlarge", 61),
        ("ml.inf1.6xlarge", 48),
    ],
)
def test_an_instance_has_the_memory_that_aws_lists(instance_type: str, gib: int) -> None:
    assert memory_mib(instance_type) == gib * 1024


@pytest.mark.parametrize("instance_type", [None, "", "m5.large", "ml.x99.large", "ml.m5.metal", "ml.m5"])
def test_another_is_not_known(instance_type: str | None) -> None:
    assert memory_mib(instance_type) is None
