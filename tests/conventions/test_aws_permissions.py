"""What a field of the input asks of a role is granted by the template, with its parameter where it names one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dev.aws_permissions import ALWAYS, FIELD_PERMISSIONS, FieldPermission
from slipway import errors
from slipway.deployment import limits
from slipway.planning.contract.schema import deployment_schema
from tests.conventions.project import Json, functions, resources, template

OWN_ROLE = "AllowedExecutionRoles"  # a role of the user's own has the permission itself


def statements_of(owner: str) -> Iterator[tuple[str, Json]]:
    """Yield the statements of a role or a function, each with the condition that it stands under, or nothing."""
    documents = (
        functions()[owner]["Properties"]["Policies"]
        if owner in functions()
        else [policy["PolicyDocument"] for policy in resources("AWS::IAM::Role")[owner]["Properties"]["Policies"]]
    )
    for document in documents:
        for found in document["Statement"]:
            condition, statement, _ = found.get("Fn::If", ("", found, None))
            yield condition, statement


def actions_of(owner: str, parameter: str) -> set[str]:
    """Return what is allowed always, or with a parameter: by its condition, or by a resource that names it."""
    allowed: set[str] = set()
    for condition, statement in statements_of(owner):
        named = re.search(rf"\b{parameter}\b", str(statement["Resource"]))
        if named or condition == ("" if parameter == ALWAYS else f"Has{parameter}"):
            actions = statement["Action"]
            allowed |= {actions} if isinstance(actions, str) else set(actions)
    return allowed


def identify(needed: FieldPermission) -> str:
    return f"{needed.field}-{needed.role}"


@pytest.mark.parametrize("needed", FIELD_PERMISSIONS, ids=identify)
def test_what_a_field_asks_for_is_granted_or_refused(needed: FieldPermission) -> None:
    if needed.granted != ALWAYS:
        assert needed.granted in template()["Parameters"]
    if needed.otherwise:
        assert hasattr(limits, needed.otherwise) or hasattr(errors, needed.otherwise)
    if needed.granted == OWN_ROLE and needed.role == "ExecutionRole":
        assert needed.otherwise, "the stack's own role does not have it, so that the field is refused"
        assert not set(needed.actions) & actions_of(needed.role, ALWAYS)
        return
    assert set(needed.actions) <= actions_of(needed.role, needed.granted)


def test_a_missing_permission_is_found() -> None:
    assert "sns:Publish" not in actions_of("ExecutionRole", ALWAYS)
    assert "ec2:DescribeVpcs" not in actions_of("ExecutionRole", ALWAYS)


def test_each_field_of_the_table_is_a_field_of_the_input() -> None:
    known = deployment_schema()["properties"].keys()
    named = {re.split(r"[ .,]", needed.field)[0] for needed in FIELD_PERMISSIONS} - {"any"}
    assert named <= known
