from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from slipway_local.adapters.clock import ScaledClock


@pytest.mark.parametrize(("scale", "slept"), [(0.01, [3.0]), (0, [])])
def test_sleep_is_scaled_and_the_scale_can_change(scale: float, slept: list[float]) -> None:
    seen: list[float] = []
    clock = ScaledClock(scale, seen.append)

    clock.sleep(300)
    clock.scale = 0.5
    clock.sleep(10)

    assert seen == [*slept, 5.0]


def test_now_is_the_real_time_in_utc() -> None:
    now = ScaledClock(0.001).now()

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        ScaledClock(-1)
