"""Whether the quota has room for a candidate."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import QuotaExceeded, ServiceThrottled
from slipway.preflight.check_candidate import check_candidate
from tests.fakes.sagemaker import ACCOUNT, FakeSageMaker
from tests.unit.deployments import Deployment
from tests.unit.execution import plan_of

SAMPLE = {"PayloadUrl": "s3://samples/digit.csv", "ContentType": "text/csv"}
HOSTING: dict[str, Any] = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}


@pytest.fixture
def served(sagemaker: FakeSageMaker) -> FakeSageMaker:
    """An endpoint on two instances."""
    Deployment(sagemaker, **HOSTING).deploy()
    running = {"VariantName": "AllTraffic", "CurrentInstanceCount": 2}
    sagemaker._resources[f"{ACCOUNT}:endpoint/digits"]["ProductionVariants"] = [running]
    return sagemaker


def check(sagemaker: FakeSageMaker, quota: int | None, stage: str = "BeforeTraffic", **fields: Any) -> None:
    plan = plan_of(**{**HOSTING, "SmokeTest": {**SAMPLE, "Stage": stage}, **fields})
    check_candidate(plan, sagemaker, lambda _type: quota)


def test_one_instance_more_than_the_endpoint_has_is_needed(served: FakeSageMaker) -> None:
    check(served, 3)
    with pytest.raises(QuotaExceeded, match=r"is 2, but 3 are needed .* 2 by the endpoint and 1 by its candidate"):
        check(served, 2)


def test_a_candidate_of_another_type_has_a_quota_of_its_own(served: FakeSageMaker) -> None:
    check(served, 1, InstanceType="ml.m5.xlarge")


def test_without_a_candidate_there_is_nothing_to_check(served: FakeSageMaker) -> None:
    check(served, 2, stage="AfterTraffic")
    check(served, None)
    check(FakeSageMaker(), 0)  # a new endpoint
    served.force_status("digits", "Failed")
    check(served, 2)


def test_a_quota_that_cannot_be_read_refuses_nothing(served: FakeSageMaker) -> None:
    def throttled(_type: str) -> int:
        raise ServiceThrottled("Rate exceeded")

    check_candidate(plan_of(**HOSTING, SmokeTest=SAMPLE), served, throttled)
