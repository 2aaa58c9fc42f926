"""Whether the quota has room for a candidate."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from slipway.errors import QuotaExceeded, ServiceThrottled
from slipway.preflight.check_account import InstanceQuota
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
    check_on(sagemaker, lambda _type: quota, SmokeTest={**SAMPLE, "Stage": stage}, **{**HOSTING, **fields})


def check_on(sagemaker: FakeSageMaker, quota: InstanceQuota, **fields: Any) -> None:
    check_candidate(plan_of(**{"SmokeTest": SAMPLE, **fields}), sagemaker, quota)


def test_one_instance_more_than_the_endpoint_has_is_needed(served: FakeSageMaker) -> None:
    check(served, 3)
    with pytest.raises(QuotaExceeded, match=r"is 2, but 3 are needed .* 2 by the endpoint and 1 by its candidate"):
        check(served, 2)


def test_a_candidate_of_another_type_has_a_quota_of_its_own(served: FakeSageMaker) -> None:
    check(served, 1, InstanceType="ml.m5.xlarge")


def test_each_variant_that_answers_has_an_instance(served: FakeSageMaker) -> None:
    two: dict[str, Any] = {"ProductionVariants": [{"VariantName": "A"}, {"VariantName": "B"}]}
    check(served, 4, **two)
    with pytest.raises(QuotaExceeded, match=r"is 3, but 4 are needed .* 2 by the endpoint and 2 by its candidate"):
        check(served, 3, **two)
    check(served, 3, ProductionVariants=[{"VariantName": "A"}], ShadowProductionVariants=[{"VariantName": "B"}])


@pytest.mark.parametrize(
    ("large", "xlarge", "is_refused"), [(3, 0, False), (2, 1, False), (2, None, False), (2, 0, True)]
)
def test_a_variant_on_pools_needs_room_in_one_of_them(
    served: FakeSageMaker, large: int, xlarge: int | None, is_refused: bool
) -> None:
    # API reference, ProductionVariantInstancePool: SageMaker tries the pools by Priority.
    pools = [{"InstanceType": "ml.m5.large", "Priority": 1}, {"InstanceType": "ml.m5.xlarge", "Priority": 2}]
    quotas = {"ml.m5.large for endpoint usage": large, "ml.m5.xlarge for endpoint usage": xlarge}
    both = r"large for endpoint usage\" is 2, but 3 .*; \"ml.m5.xlarge for endpoint usage\" is 0, but 1 "
    with pytest.raises(QuotaExceeded, match=both) if is_refused else nullcontext():
        check_on(served, quotas.get, InstancePools=pools)


def test_without_a_candidate_there_is_nothing_to_check(served: FakeSageMaker) -> None:
    check(served, 2, stage="AfterTraffic")
    check(served, None)
    check(FakeSageMaker(), 0)  # a new endpoint
    served.force_status("digits", "Failed")
    check(served, 2)


def test_a_quota_that_cannot_be_read_refuses_nothing(served: FakeSageMaker) -> None:
    def throttled(_type: str) -> int:
        raise ServiceThrottled("Rate exceeded")

    check_on(served, throttled, **HOSTING)
