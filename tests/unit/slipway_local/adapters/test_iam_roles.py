from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from slipway_local.adapters.roles import IamRoles

ALLOW = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def iam(client: Callable[[str], Any]) -> Any:
    return client("iam")


def role(iam: Any, *statements: dict[str, Any]) -> str:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    created = iam.create_role(RoleName="execution", Path="/service/", AssumeRolePolicyDocument=json.dumps(document))
    arn: str = created["Role"]["Arn"]
    return arn


@pytest.mark.parametrize(("statements", "can"), [([ALLOW], True), ([ALLOW, {**ALLOW, "Effect": "Deny"}], False)])
def test_the_trust_policy_of_the_role_decides(iam: Any, statements: list[dict[str, Any]], can: bool) -> None:
    assert IamRoles(iam).can_be_assumed(role(iam, *statements)) is can


def test_a_role_that_does_not_exist_cannot(iam: Any) -> None:
    assert not IamRoles(iam).can_be_assumed("arn:aws:iam::123456789012:role/missing")


def test_a_role_of_another_path_or_account_is_another_role(iam: Any) -> None:
    arn = role(iam, ALLOW)

    assert not IamRoles(iam).can_be_assumed(arn.replace("/service/", "/"))
    assert not IamRoles(iam).can_be_assumed(arn.replace("123456789012", "999999999999"))


def test_a_document_that_comes_encoded_is_read_too(iam: Any) -> None:
    class Encoding:
        exceptions = iam.exceptions

        def get_role(self, **_: str) -> dict[str, Any]:
            document = quote(json.dumps({"Statement": ALLOW}))
            return {"Role": {"Arn": "arn:aws:iam::1:role/r", "AssumeRolePolicyDocument": document}}

    assert IamRoles(Encoding()).can_be_assumed("arn:aws:iam::1:role/r")
