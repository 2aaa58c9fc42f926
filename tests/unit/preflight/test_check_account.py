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
POOLS: dict[str, Any] = {
    "InstancePools": [{"InstanceType": "ml.c5.large", "Priority": 2}, {"InstanceType": "ml.m5.large", "Priority": 1}]
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


def test_a_role_that_trusts_sagemaker_and_a_sufficient_quota_pass_without_a_warning(account: Account) -> None:
    account.quotas.quotas["ml.m5.large"] = 2

    assert account.check(InstanceType="ml.m5.large", InitialInstanceCount=2) == []
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


def test_serverless_hosting_has_no_instances_to_count(account: Account) -> None:
    account.quotas.default = 0

    assert account.check(**SERVERLESS) == []
    assert account.quotas.asked == []


@pytest.mark.parametrize(
    ("quotas", "warnings"),
    [
        ({"ml.m5.large": 1, "ml.c5.large": 0}, None),
        ({"ml.m5.large": 0, "ml.c5.large": 2}, ['quota "ml.m5.large for endpoint usage" is 0']),
        ({"ml.m5.large": 0, "ml.c5.large": None}, ["is 0", 'no "ml.c5.large for endpoint usage"; it was not checked']),
    ],
)
def test_pools_are_refused_when_none_is_unknown_and_all_together_are_too_small(
    account: Account, quotas: dict[str, int | None], warnings: list[str] | None
) -> None:
    account.quotas.quotas = quotas

    if warnings is None:
        with pytest.raises(QuotaExceeded, match=r"ml\.m5\.large for endpoint usage"):
            account.check(**POOLS, InitialInstanceCount=2)
        return
    found = account.check(**POOLS, InitialInstanceCount=2)
    assert [said in text for said, text in zip(warnings, found, strict=True)] == [True] * len(warnings)


def test_a_quota_that_is_not_listed_is_a_warning(account: Account) -> None:
    account.quotas.default = None

    assert account.check(InstanceType="ml.m5.large") == [
        'Service Quotas lists no "ml.m5.large for endpoint usage"; it was not checked.'
    ]


@pytest.mark.parametrize("error", UNREADABLE, ids=lambda error: type(error).__name__)
def test_a_role_and_a_quota_that_cannot_be_read_are_warnings(account: Account, error: SlipwayError) -> None:
    account.roles.error = account.quotas.error = error

    role, quota = account.check(InstanceType="ml.m5.large")

    assert role.startswith(f"Whether SageMaker may assume {ROLE} could not be checked ({type(error).__name__}: ")
    assert quota.startswith('The quota "ml.m5.large for endpoint usage" could not be checked (')
