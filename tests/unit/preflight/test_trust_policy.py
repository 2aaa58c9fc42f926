"""Trust policies: only what surely shuts SageMaker out counts against a role."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.preflight.trust_policy import trusts_sagemaker

ALLOW: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
DENY = {**ALLOW, "Effect": "Deny"}
CONDITION = {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def trusts(*statements: dict[str, Any]) -> bool:
    return trusts_sagemaker({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    "statements",
    [
        [ALLOW],
        [{**ALLOW, "Principal": {"Service": ["lambda.amazonaws.com", "sagemaker.amazonaws.com"]}}],
        [{**ALLOW, "Action": ["sts:TagSession", "STS:assumerole"]}],
        [{**ALLOW, "Action": "sts:*"}],
        [{**ALLOW, "Action": "*"}],
        [{**ALLOW, "Principal": "*"}],
        [{**ALLOW, "Principal": {"AWS": "*"}}],
        [{**ALLOW, "Condition": CONDITION}],
        [ALLOW, {**DENY, "Condition": CONDITION}],
        [ALLOW, {**DENY, "Principal": {"Service": "lambda.amazonaws.com"}}],
        [{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}],
        [ALLOW, {"Effect": "Deny", "NotPrincipal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    ],
)
def test_a_role_that_sagemaker_may_assume_passes(statements: list[dict[str, Any]]) -> None:
    assert trusts(*statements)


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [{**ALLOW, "Principal": {"Service": "lambda.amazonaws.com"}}],
        [{**ALLOW, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}],
        [{**ALLOW, "Action": "sts:TagSession"}],
        [ALLOW, DENY],
        [DENY],
    ],
)
def test_a_role_that_sagemaker_cannot_assume_does_not(statements: list[dict[str, Any]]) -> None:
    assert not trusts(*statements)


def test_a_policy_of_one_statement_need_not_be_a_list() -> None:
    assert trusts_sagemaker({"Statement": ALLOW})
    assert not trusts_sagemaker({})
