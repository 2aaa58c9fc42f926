"""Every member that the newest botocore has is exposed by a field of the contract, or listed with a reason."""

from __future__ import annotations

import pytest

from dev.members import MEMBERS, Exposed, Listed, members_of
from dev.schema.fields import FIELDS
from dev.schema.newest import newest_model

OURS = {field.name for field in FIELDS}
DECISIONS = [(shape, name, decision) for shape, members in MEMBERS.items() for name, decision in members.items()]


@pytest.mark.parametrize("shape", MEMBERS)
def test_every_member_of_the_newest_botocore_is_exposed_or_listed(shape: str) -> None:
    assert sorted(MEMBERS[shape]) == sorted(members_of(shape))


def test_a_member_is_exposed_by_fields_that_exist() -> None:
    exposing = {field for _, _, decision in DECISIONS if isinstance(decision, Exposed) for field in decision.fields}

    assert exposing <= OURS


def test_a_field_with_the_name_of_a_member_exposes_that_member() -> None:
    listed = {name for _, name, decision in DECISIONS if isinstance(decision, Listed)}

    # An inference component of one instance type names none.
    assert listed & OURS == {"InstanceType"}


def test_a_reason_is_a_sentence() -> None:
    reasons = [decision.reason for _, _, decision in DECISIONS if isinstance(decision, Listed)]

    assert all(reason.endswith(".") and len(reason) > 20 for reason in reasons), reasons


@pytest.mark.parametrize("operation", ["CreateModel", "CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint"])
def test_the_tables_are_of_the_requests_that_host_a_model(operation: str) -> None:
    assert newest_model().operation_model(operation).input_shape.name in MEMBERS
