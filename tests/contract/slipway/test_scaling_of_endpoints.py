"""The adapter of Application Auto Scaling against the backend that the engine mounts."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from slipway.aws.scaling import INSTANCES, Boto3Scaling
from slipway.errors import NotFound

OURS, OTHERS = "endpoint/digits/variant/AllTraffic", "endpoint/letters/variant/AllTraffic"


@pytest.fixture
def scaling() -> Iterator[Boto3Scaling]:
    with mock_aws():
        session = boto3.Session("test", "test", region_name="us-east-1")
        client = session.client("application-autoscaling")
        for resource in (OURS, OTHERS):
            client.register_scalable_target(**INSTANCES, ResourceId=resource, MinCapacity=1, MaxCapacity=4)
        yield Boto3Scaling(client, session.client("cloudwatch"))


def test_only_registered_targets_among_those_given_are_listed(scaling: Boto3Scaling) -> None:
    assert scaling.registered([OURS, "endpoint/missing/variant/AllTraffic"]) == [OURS]


def test_a_deregistered_target_is_not_listed(scaling: Boto3Scaling) -> None:
    scaling.deregister(OURS)

    assert scaling.registered([OURS, OTHERS]) == [OTHERS]
    with pytest.raises(NotFound):
        scaling.deregister(OURS)
