"""The tags that whatever a deployment makes bears."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
from hypothesis import given
from hypothesis import strategies as st

from slipway.deployment.deployment import Deployment
from slipway.deployment.tags import ARTIFACT, EXECUTION, STACK, created_by, own_tags
from slipway.planning.contract.rules import MAX_TAGS
from tests.fakes.services import SETTINGS
from tests.unit.execution import artifact, execution, plan_of

MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
VALUE = MODEL.shape_for("TagValue").metadata
# Python writes Java's Unicode classes for letters, separators and numbers otherwise.
LEGAL = re.compile(VALUE["pattern"].replace(r"\p{L}\p{Z}\p{N}_", r"\w\s"))


def tags(**fields: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in own_tags(plan_of(), execution(), "slipway", artifact(**fields))}


def test_the_users_tags_come_first_and_ours_after() -> None:
    plan = plan_of(Tags=[{"Key": "team", "Value": "vision"}])

    first, *ours = Deployment(plan, artifact(), execution(), SETTINGS).tags

    assert first == {"Key": "team", "Value": "vision"}
    assert all(tag["Key"].startswith("slipway:") for tag in ours)


def test_they_say_which_stack_and_which_execution() -> None:
    found = tags()

    assert (found[STACK], found[EXECUTION]) == ("slipway", execution()["Id"])
    assert created_by(found, execution())
    assert not created_by(found, execution("another"))
    assert not created_by({}, execution())


def test_they_say_which_archive_in_which_version() -> None:
    assert tags(VersionId="v1")[ARTIFACT] == "s3://models/digits/model.tar.gz@v1"


@given(st.text(min_size=1, max_size=1024), st.text(max_size=40))
def test_a_value_is_one_that_sagemaker_takes_whatever_the_key(key: str, version: str) -> None:
    value = tags(Key=key, VersionId=version)[ARTIFACT]

    assert len(value) <= VALUE["max"]
    assert LEGAL.fullmatch(value)


def test_the_most_tags_that_a_user_may_give_leave_room_for_ours() -> None:
    plan = plan_of(Tags=[{"Key": f"key-{number}", "Value": "v"} for number in range(MAX_TAGS)])

    assert len(Deployment(plan, artifact(), execution(), SETTINGS).tags) <= 50
