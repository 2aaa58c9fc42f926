"""The account before a deployment: what would fail is refused by name, what cannot be read is a warning."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import (
    AccessDenied,
    AwsRefused,
    ExecutionRoleMissing,
    QuotaExceeded,
    RoleNotAssumable,
    ServiceThrottled,
    ServiceUnavailable,
    SlipwayError,
)
from slipway.preflight.check_account import check_account
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.unit.execution import plan_of

ROLE = "arn:aws:iam::111122223333:role/slipway-ExecutionRole"
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
POOLS = {
    "InstancePools": [
        {"InstanceType": "ml.c5.large", "Priority": 2},
        {"InstanceType": "ml.m5.large", "Priority": 1},
    ]
}
UNREADABLE = [
    AccessDenied("User is not authorized."),
    ServiceThrottled("Rate exceeded"),
    ServiceUnavailable("AWS did not answer."),
    AwsRefused("No."),
]


class Account:
    def __init__(self) -> None:
        self.roles = FakeExecutionRoles(ROLE)
        self.quotas = FakeInstanceQuotas()

    def check(self, **fields: Any) -> list[str]:
        return check_account(plan_of(**fields), ROLE, self.roles, self.quotas)


@pytest.fixture
def account() -> Account:
    return Account()


def test_an_account_that_has_all_is_not_mentioned(account: Account) -> None:
    assert account.check(InstanceType="ml.m5.large") == []
    assert account.quotas.asked == ["ml.m5.large"]


def test_a_role_that_does_not_exist_is_refused(account: Account) -> None:
    account.roles.policies.clear()

    with pytest.raises(ExecutionRoleMissing, match=f"{ROLE} does not exist: deploy the stack again"):
        account.check()


def test_a_role_that_does_not_trust_sagemaker_is_refused(account: Account) -> None:
    account.roles.policies[ROLE] = {"Statement": []}

    with pytest.raises(RoleNotAssumable, match=r"allow sagemaker\.amazonaws\.com sts:AssumeRole in its trust policy"):
        account.check()


@pytest.mark.parametrize(("quota", "count"), [(0, 1), (1, 2)])
def test_a_quota_that_is_too_small_is_refused_with_its_name_and_value(account: Account, quota: int, count: int) -> None:
    account.quotas.quotas["ml.m5.large"] = quota

    with pytest.raises(QuotaExceeded) as caught:
        account.check(InstanceType="ml.m5.large", InitialInstanceCount=count)

    assert str(caught.value) == (
        f'The account\'s quota "ml.m5.large for endpoint usage" is {quota}, but {count} {"are" if count > 1 else "is"} '
        "wanted: ask Service Quotas for more, or use another InstanceType."
    )


def test_a_quota_that_is_just_large_enough_is_taken(account: Account) -> None:
    account.quotas.quotas["ml.m5.large"] = 2

    assert account.check(InstanceType="ml.m5.large", InitialInstanceCount=2) == []


def test_serverless_hosting_has_no_instances_to_count(account: Account) -> None:
    account.quotas.default = 0

    assert account.check(**SERVERLESS) == []
    assert account.quotas.asked == []


def test_pools_are_refused_when_all_of_them_together_are_too_small(account: Account) -> None:
    account.quotas.quotas = {"ml.m5.large": 1, "ml.c5.large": 0}

    with pytest.raises(QuotaExceeded, match=r"ml\.m5\.large for endpoint usage"):
        account.check(**POOLS, InitialInstanceCount=2)


def test_a_pool_that_is_too_small_alone_is_a_warning(account: Account) -> None:
    account.quotas.quotas = {"ml.m5.large": 0, "ml.c5.large": 2}

    (warning,) = account.check(**POOLS, InitialInstanceCount=2)

    assert 'quota "ml.m5.large for endpoint usage" is 0' in warning


def test_pools_of_which_one_is_unknown_are_not_refused(account: Account) -> None:
    account.quotas.quotas = {"ml.m5.large": 0, "ml.c5.large": None}

    assert len(account.check(**POOLS)) == 2


def test_a_quota_that_is_not_listed_is_a_warning(account: Account) -> None:
    account.quotas.default = None

    assert account.check(InstanceType="ml.m5.large") == [
        'Service Quotas lists no "ml.m5.large for endpoint usage"; it was not checked.'
    ]


@pytest.mark.parametrize("error", UNREADABLE, ids=lambda error: type(error).__name__)
def test_a_role_that_may_not_be_read_is_a_warning(account: Account, error: SlipwayError) -> None:
    account.roles.error = error

    (warning,) = account.check()

    assert warning.startswith(f"Whether SageMaker may assume {ROLE} could not be checked ({type(error).__name__}: ")


@pytest.mark.parametrize("error", UNREADABLE, ids=lambda error: type(error).__name__)
def test_a_quota_that_may_not_be_read_is_a_warning(account: Account, error: SlipwayError) -> None:
    account.quotas.error = error

    (warning,) = account.check(InstanceType="ml.m5.large")

    assert warning.startswith('The quota "ml.m5.large for endpoint usage" could not be checked (')
