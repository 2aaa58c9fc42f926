from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from slipway_local.adapters.clock import ScaledClock


def test_sleep_is_scaled() -> None:
    slept: list[float] = []
    clock = ScaledClock(0.01, slept.append)

    clock.sleep(300)

    assert slept == [3.0]


def test_a_scale_of_zero_does_not_sleep_at_all() -> None:
    slept: list[float] = []

    ScaledClock(0, slept.append).sleep(300)

    assert slept == []


def test_the_scale_can_be_changed_while_it_runs() -> None:
    slept: list[float] = []
    clock = ScaledClock(1, slept.append)

    clock.scale = 0.5
    clock.sleep(10)

    assert slept == [5.0]


def test_now_is_the_real_time_in_utc() -> None:
    now = ScaledClock(0.001).now()

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        ScaledClock(-1)
