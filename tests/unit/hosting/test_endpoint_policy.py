"""What holds for an endpoint beyond one deployment, as tags."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.cleanup.policy import IdlePolicy, idle_policy, is_protected
from slipway.deployment.tags import AUTO_SCALING, IDLE_AFTER_MINUTES, PROTECTED
from slipway.hosting.endpoint_policy import policy_of_plan, policy_of_tags, user_tags
from tests.fakes.services import SETTINGS
from tests.unit.execution import plan_of


@pytest.mark.parametrize(
    ("fields", "policy"),
    [
        ({}, {}),
        ({"IdleAfterMinutes": 90}, {IDLE_AFTER_MINUTES: "90"}),
        ({"Protected": True}, {PROTECTED: "true"}),
        ({"Protected": False}, {PROTECTED: "false"}),
        (
            {"AutoScaling": {"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 600}},
            {AUTO_SCALING: "1/4/600"},
        ),
    ],
)
def test_a_deployment_s_own_words_are_its_tags(fields: dict[str, Any], policy: dict[str, str]) -> None:
    assert policy_of_plan(plan_of(**fields)) == policy


def test_the_user_s_own_tags_come_back_but_for_those_that_the_deployment_names() -> None:
    plan = plan_of(Tags=[{"Key": "stage", "Value": "live"}])
    tags = {"stage": "trial", "team": "vision", "slipway:stack": "slipway", "aws:cloudformation:stack-name": "theirs"}

    assert user_tags(tags, plan) == {"team": "vision"}


def test_nothing_but_the_policy_is_taken_over() -> None:
    assert policy_of_tags({PROTECTED: "true", "team": "vision", "slipway:stack": "slipway"}) == {PROTECTED: "true"}


@given(minutes=st.integers(SETTINGS.min_idle_after_minutes, 43_200), protected=st.booleans())
def test_idle_cleanup_reads_what_a_deployment_wrote(minutes: int, *, protected: bool) -> None:
    policy: IdlePolicy = idle_policy(SETTINGS)
    tags = policy_of_plan(plan_of(IdleAfterMinutes=minutes, Protected=protected))

    assert policy.window_of(tags).total_seconds() == minutes * 60
    assert is_protected(tags) is protected
