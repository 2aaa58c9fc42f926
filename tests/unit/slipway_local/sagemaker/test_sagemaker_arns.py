from __future__ import annotations

import pytest

from slipway_local.sagemaker.arns import Arns


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_an_arn_has_the_partition_of_its_region_and_can_be_taken_apart(region: str, partition: str) -> None:
    arns = Arns(region, "111122223333")
    arn = arns.of("endpoint-config", "c-1")
    assert arn == f"arn:{partition}:sagemaker:{region}:111122223333:endpoint-config/c-1"
    assert arns.parse(arn) == ("endpoint-config", "c-1")


def test_an_arn_of_elsewhere_is_none_of_ours() -> None:
    arns = Arns("eu-west-1", "111122223333")
    assert arns.parse("arn:aws:sagemaker:eu-west-1:999999999999:model/m") is None
    assert arns.parse("arn:aws:s3:::bucket") is None
