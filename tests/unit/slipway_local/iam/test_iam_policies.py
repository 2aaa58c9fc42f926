"""Policies decide: actions, resources, conditions, tags, and who may assume a role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway_local.iam.policies import Principal, Refused, may_be_assumed_by, refusal, refused
from slipway_local.iam.required_actions import RequiredAction, Scope, made_for_caller

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
    assert refused(caller, [describe, delete], HERE) == Refused(delete)
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
    assert refused(caller, [other], HERE) == Refused(other)


@pytest.mark.parametrize(("tags", "is_refused"), [({"slipway:stack": "slipway"}, False), ({}, True)])
def test_a_condition_on_tags_sees_the_resources_own(tags: dict[str, str], is_refused: bool) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/slipway:stack": "slipway"}}
    caller = allowing("sagemaker:DeleteEndpoint", "*", Condition=condition)

    found = refused(caller, [RequiredAction("sagemaker:DeleteEndpoint", ENDPOINT)], HERE, lambda _: tags)

    assert (found is not None) == is_refused


def test_a_refusal_has_awss_message() -> None:
    caller = allowing("s3:GetObject", "*")

    assert refusal(caller, Refused(RequiredAction("sagemaker:DeleteEndpoint", ENDPOINT))) == (
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


KEY = HERE.arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab")
GRANT = made_for_caller("kms:CreateGrant", KEY, HERE)
ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
CALLER = {"AWS": "arn:aws:iam::111122223333:role/r"}
VIA_SAGEMAKER = {
    "StringEquals": {"kms:ViaService": "sagemaker.us-east-1.amazonaws.com"},
    "Bool": {"kms:GrantIsForAWSResource": "true"},
}
VIA_EC2 = {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}
BY_IDENTITY, BY_KEY = "because no identity-based policy allows", "because no resource-based policy allows"
DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
DENIED_BY_KEY = "with an explicit deny in a resource-based policy"


def granting(principal: Any, effect: str = "Allow", action: str = "kms:*", **condition: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", **condition}


@pytest.mark.parametrize(
    ("key_policy", "identity", "reason"),
    [
        ([granting(ACCOUNT)], "Allow", None),
        ([granting(ACCOUNT)], None, BY_IDENTITY),
        ([granting({"AWS": "111122223333"})], "Allow", None),
        ([granting({"AWS": "arn:aws:iam::444455556666:root"})], "Allow", BY_KEY),
        ([granting(CALLER)], None, None),
        ([granting({"AWS": "arn:aws:iam::111122223333:role/other"})], "Allow", BY_KEY),
        ([granting(CALLER, action="kms:Decrypt")], "Allow", BY_KEY),
        ([granting(ACCOUNT), granting(CALLER, "Deny")], "Allow", DENIED_BY_KEY),
        ([granting(CALLER)], "Deny", DENIED_BY_IDENTITY),
        ([granting(CALLER, Condition=VIA_SAGEMAKER)], None, None),
        ([granting(CALLER, Condition=VIA_EC2)], None, BY_IDENTITY),
        ([granting(ACCOUNT, Condition=VIA_EC2)], "Allow", BY_KEY),
        (None, "Allow", None),
        (None, None, BY_IDENTITY),
    ],
)
def test_the_key_policy_decides_and_enables_iam_policies(
    key_policy: list[dict[str, Any]] | None, identity: str | None, reason: str | None
) -> None:
    """KMS developer guide, "Key policies in AWS KMS" and "Default key policy".

    "No AWS principal [...] has any permissions to a KMS key unless they are explicitly allowed, and never denied, in a
    key policy, IAM policy, or grant. [...] Without permission from the key policy, IAM policies that allow permissions
    have no effect." None is a key that this engine does not have.
    """
    document = {"Statement": [{"Effect": identity, "Action": "kms:CreateGrant", "Resource": KEY}] if identity else []}
    caller = Principal.of("arn:aws:sts::111122223333:assumed-role/r/s", [document])
    policy = None if key_policy is None else json.dumps({"Statement": key_policy})

    found = refused(caller, [GRANT], HERE, key_policy_of={KEY: policy}.get)

    assert (refusal(caller, found).partition(f"{KEY} ")[2] if found else None) == (
        f"{reason} the kms:CreateGrant action" if reason and "because" in reason else reason
    )


@pytest.mark.parametrize(("condition", "is_refused"), [(VIA_SAGEMAKER, False), (VIA_EC2, True)])
def test_a_policy_may_allow_a_grant_to_sagemaker_alone(condition: dict[str, Any], is_refused: bool) -> None:
    """The stack's own policies have these conditions: LetSageMakerEncryptStorage in template.yaml."""
    caller = allowing("kms:CreateGrant", KEY, Condition=condition)

    assert (refused(caller, [GRANT], HERE) is not None) == is_refused
