"""What holds for an endpoint beyond one deployment, as tags."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.cleanup.policy import IdlePolicy, idle_policy, is_protected
from slipway.deployment.tags import AUTO_SCALING, IDLE_AFTER_MINUTES, PROTECTED
from slipway.hosting.endpoint_policy import may_be_scaled, policy_of_plan, policy_of_tags, scaling_of, user_tags
from tests.fakes.services import SETTINGS
from tests.unit.execution import plan_of

SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
ASYNCHRONOUS = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://answers/"}}}


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


@given(least=st.integers(1, 99), more=st.integers(0, 99), target=st.integers(1, 10**6))
def test_scaling_is_read_as_it_was_written(least: int, more: int, target: int) -> None:
    scaling = {"MinCapacity": least, "MaxCapacity": least + more, "TargetInvocationsPerInstance": target}

    assert scaling_of(policy_of_plan(plan_of(AutoScaling=scaling))) == scaling


@pytest.mark.parametrize("value", ["", "none", "1", "1/2", "2/1/600", "0/1/600", "1/2/0", "1/2/3/4", "a/b/c", "1/2/-3"])
def test_a_malformed_tag_scales_nothing(value: str) -> None:
    assert scaling_of({AUTO_SCALING: value}) is None


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(value: str) -> None:
    scaling_of({AUTO_SCALING: value})


@pytest.mark.parametrize(("fields", "may"), [({}, True), (SERVERLESS, False), (ASYNCHRONOUS, False)])
def test_only_what_answers_at_once_on_instances_may_be_scaled(fields: dict[str, Any], *, may: bool) -> None:
    assert may_be_scaled(plan_of(**fields)) is may


@given(minutes=st.integers(SETTINGS.min_idle_after_minutes, 43_200), protected=st.booleans())
def test_idle_cleanup_reads_what_a_deployment_wrote(minutes: int, *, protected: bool) -> None:
    policy: IdlePolicy = idle_policy(SETTINGS)
    tags = policy_of_plan(plan_of(IdleAfterMinutes=minutes, Protected=protected))

    assert policy.window_of(tags).total_seconds() == minutes * 60
    assert is_protected(tags) is protected
