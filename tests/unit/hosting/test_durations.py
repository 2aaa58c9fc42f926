"""How long the last creation or update took, by the tags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.hosting.durations import CREATION_SECONDS, UPDATE_SECONDS, expected_seconds, watch
from slipway.hosting.poll_schedule import poll_schedule

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def test_creations_and_updates_are_learned_apart() -> None:
    tags = {CREATION_SECONDS: "500", UPDATE_SECONDS: "700"}
    assert expected_seconds(CREATION_SECONDS, tags) == 500
    assert expected_seconds(UPDATE_SECONDS, tags) == 700


def test_one_stands_in_for_the_other() -> None:
    assert expected_seconds(UPDATE_SECONDS, {CREATION_SECONDS: "500"}) == 500
    assert expected_seconds(CREATION_SECONDS, {UPDATE_SECONDS: "700"}) == 700


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "7.5", "999999", "²"])
def test_what_is_no_number_of_seconds_teaches_nothing(value: str) -> None:
    assert expected_seconds(CREATION_SECONDS, {CREATION_SECONDS: value}) is None


@given(st.dictionaries(st.sampled_from([CREATION_SECONDS, UPDATE_SECONDS, "team"]), st.text(max_size=256)))
def test_any_tags_can_be_read(tags: dict[str, str]) -> None:
    found = expected_seconds(CREATION_SECONDS, tags)
    assert found is None or 0 <= found <= 99_999


def test_what_has_just_begun_is_followed_by_the_schedule() -> None:
    followed = watch(CREATION_SECONDS, {CREATION_SECONDS: "500"}, NOW, NOW, NOW + timedelta(hours=1))
    assert followed == {
        "Waits": poll_schedule(500, 3600),
        "StartedAt": "2026-11-01T12:00:00+00:00",
        "DurationTag": CREATION_SECONDS,
    }


def test_what_is_under_way_is_timed_from_its_own_start() -> None:
    started = NOW - timedelta(seconds=100)
    followed = watch(UPDATE_SECONDS, {}, started, NOW, NOW + timedelta(hours=1))
    assert followed["StartedAt"] == started.isoformat()
    assert followed["Waits"][0] == 80


def test_the_first_wait_ends_at_the_deadline() -> None:
    assert watch(CREATION_SECONDS, {}, NOW, NOW, NOW + timedelta(seconds=60))["Waits"][0] == 60
