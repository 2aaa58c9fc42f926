"""Policies decide: actions, resources, conditions, tags, and who may assume a role."""

from __future__ import annotations

from typing import Any

import pytest

from slipway_local.iam.policies import Principal, may_be_assumed_by, refusal, refused
from slipway_local.iam.required_actions import RequiredAction, Scope

HERE = Scope("us-east-1", "111122223333")
ENDPOINT = HERE.arn("sagemaker", "endpoint/digits")
PASSED = "iam:passedtoservice"


def allowing(action: str, resource: str, **condition: Any) -> Principal:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    return Principal.of("arn:aws:sts::111122223333:assumed-role/r/s", [{"Statement": [statement | condition]}])


def test_what_is_allowed_is_not_refused_and_anything_else_is() -> None:
    caller = allowing("sagemaker:DescribeEndpoint", HERE.arn("sagemaker", "endpoint/*"))
    describe, delete = (
        RequiredAction("sagemaker:DescribeEndpoint", ENDPOINT),
        RequiredAction("sagemaker:DeleteEndpoint", ENDPOINT),
    )

    assert refused(caller, [describe], HERE) is None
    assert refused(caller, [describe, delete], HERE) == delete
    assert (
        refused(caller, [RequiredAction("sagemaker:DescribeEndpoint", HERE.arn("sagemaker", "model/m"))], HERE)
        is not None
    )


def test_the_root_of_the_account_may_do_everything() -> None:
    assert (
        refused(Principal("arn:aws:iam::111122223333:root", None), [RequiredAction("iam:PassRole", "arn:r")], HERE)
        is None
    )


def test_without_a_policy_everything_is_refused() -> None:
    assert refused(
        Principal("arn:aws:sts::111122223333:assumed-role/r/s", []), [RequiredAction("s3:GetObject", "*")], HERE
    )


@pytest.mark.parametrize(
    ("keys", "is_refused"),
    [({PASSED: "sagemaker.amazonaws.com"}, False), ({PASSED: "ec2.amazonaws.com"}, True), ({}, True)],
)
def test_a_role_is_passed_to_the_service_of_the_condition_only(keys: dict[str, str], is_refused: bool) -> None:
    condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    caller = allowing("iam:PassRole", "arn:aws:iam::111122223333:role/hosting", Condition=condition)

    need = RequiredAction("iam:PassRole", "arn:aws:iam::111122223333:role/hosting", keys)

    assert (refused(caller, [need], HERE) is not None) == is_refused
    other = RequiredAction("iam:PassRole", "arn:aws:iam::111122223333:role/admin", keys)
    assert refused(caller, [other], HERE) == other


@pytest.mark.parametrize(("tags", "is_refused"), [({"slipway:stack": "slipway"}, False), ({}, True)])
def test_a_condition_on_tags_sees_the_resources_own(tags: dict[str, str], is_refused: bool) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/slipway:stack": "slipway"}}
    caller = allowing("sagemaker:DeleteEndpoint", "*", Condition=condition)

    found = refused(caller, [RequiredAction("sagemaker:DeleteEndpoint", ENDPOINT)], HERE, lambda _: tags)

    assert (found is not None) == is_refused


def test_a_refusal_has_awss_message() -> None:
    caller = allowing("s3:GetObject", "*")

    assert refusal(caller, RequiredAction("sagemaker:DeleteEndpoint", ENDPOINT)) == (
        "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: sagemaker:DeleteEndpoint on "
        f"resource: {ENDPOINT} because no identity-based policy allows the sagemaker:DeleteEndpoint action"
    )


@pytest.mark.parametrize(
    ("service", "account", "may"),
    [
        ("states.amazonaws.com", "111122223333", True),
        ("lambda.amazonaws.com", "111122223333", False),
        ("states.amazonaws.com", "444455556666", False),
    ],
)
def test_a_role_is_assumed_by_the_service_and_for_the_account_of_its_trust(
    service: str, account: str, may: bool
) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
    }

    assert may_be_assumed_by({"Statement": [statement]}, service, account) is may
