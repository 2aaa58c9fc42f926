"""Scaling as the value of one tag."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.deployment.plan import AutoScaling
from slipway.deployment.scaling_tag import for_variants, in_words, scaling_from, scaling_text

# The characters of a tag value: API Tag.Value, which has \\p{L}\\p{Z}\\p{N}_.:/=+\\-@.
LEGAL = re.compile(r"[A-Za-z0-9 _.:/=+@-]*")
NIGHT = {
    "ScheduleExpression": "cron(0/15 18 ? * MON-FRI,SUN#2 *)",
    "Timezone": "America/Argentina/Buenos_Aires",
    "MinCapacity": 0,
    "MaxCapacity": 1,
}

counts = st.integers(1, 99)


@st.composite
def schedules(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a schedule."""
    least = draw(counts)
    fields = [draw(st.sampled_from(("0", "*", "0/15", "1-5", "MON-FRI", "L", "3#2", "1,15"))) for _ in range(5)]
    zone = draw(st.sampled_from(({}, {"Timezone": "Europe/Berlin"}, {"Timezone": "Etc/GMT+5"})))
    bounds = {"MinCapacity": least, "MaxCapacity": least + draw(counts)}
    return {"ScheduleExpression": f"cron({' '.join([*fields, '?'])})", **zone, **bounds}


@st.composite
def scalings(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the scaling of a variant."""
    least = draw(counts)
    scaling: dict[str, Any] = {"MinCapacity": least, "MaxCapacity": least + draw(counts)}
    scaling[draw(st.sampled_from(("TargetInvocationsPerInstance", "TargetBacklogPerInstance")))] = draw(counts)
    if found := draw(st.lists(schedules(), max_size=2)):
        scaling["Schedules"] = found
    return scaling


@given(st.dictionaries(st.sampled_from(("", "blue", "green-2")), scalings()))
def test_scaling_is_read_as_it_was_written(scaling: dict[str, AutoScaling]) -> None:
    text = scaling_text(scaling)

    assert scaling_from(text) == scaling
    assert LEGAL.fullmatch(text)


@pytest.mark.parametrize(
    ("scaling", "text"),
    [
        ({"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 600}, "1/4/600"),
        ({"MinCapacity": 2, "MaxCapacity": 2}, "2/2/"),
        (
            {"MinCapacity": 0, "MaxCapacity": 4, "TargetBacklogPerInstance": 5, "Schedules": [NIGHT]},
            "0/4/backlog5 + 0/1 America/Argentina/Buenos_Aires 0/15 18 _ @ MON-FRI.SUN:2 @",
        ),
    ],
)
def test_the_text_of_scaling(scaling: AutoScaling, text: str) -> None:
    assert scaling_text({"": scaling}) == text
    assert scaling_from(text) == {"": scaling}


MALFORMED = (
    *("", "none", "1", "1/2", "2/1/600", "0/1/600", "1/2/0", "1/2/3/4", "a/b/c", "1/2/-3", "1/2/", "0/0/"),
    "1/4/600 + 0/1 UTC 0 8 _ @ MON-FRI @",
    "1/4 UTC 0 8 _ @ MON-FRI @",
)


@pytest.mark.parametrize("value", MALFORMED)
def test_a_malformed_text_scales_nothing(value: str) -> None:
    assert scaling_from(value) == {}


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(value: str) -> None:
    scaling_from(value)


def test_scaling_without_a_name_is_that_of_every_variant_that_has_none_of_its_own() -> None:
    fixed, other = AutoScaling(MinCapacity=2, MaxCapacity=2), AutoScaling(MinCapacity=3, MaxCapacity=3)

    assert for_variants({"": fixed, "blue": other}, ["blue", "green"]) == {"blue": other, "green": fixed}
    assert for_variants({"blue": other}, ["green"]) == {}


def test_scaling_in_words() -> None:
    tag = "0/4/backlog5 + 0/1 America/Argentina/Buenos_Aires 0/15 18 _ @ MON-FRI.SUN:2 @"

    assert in_words("none") == ""
    assert in_words("A=1/1/ + B=1/4/600") == "A: 1 instance; B: 1 to 4 instances, 600 invocations a minute each"
    assert in_words(tag) == (
        "0 to 4 instances, 5 waiting requests each; "
        "0 to 1 instances from cron(0/15 18 ? * MON-FRI,SUN#2 *) America/Argentina/Buenos_Aires"
    )
