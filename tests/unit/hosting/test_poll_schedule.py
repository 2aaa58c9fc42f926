"""When to ask: what every schedule keeps to, whatever is known."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.hosting.poll_schedule import AT_ONCE, SPARSE, poll_schedule

HOURS_8 = 8 * 3600
EVENTS_A_ROUND = 9  # entered and exited: Wait, Choice; entered, scheduled, started, succeeded, exited: Task
EVENTS_IN_ALL = 25_000
EVENTS_BESIDE = 1_500  # every other state of a deployment, with its retries and those of the removal
TURN = 15  # seconds: WaitForTurn has a round of the same nine events

expected = st.none() | st.floats(0, 200_000)
seconds = st.floats(0, HOURS_8)


def rounds(waits: list[int], until: float) -> int:
    """Return how many calls are made until an instant."""
    inside = [at for at in accumulate(waits) if at <= until]
    return len(inside) + int((until - (inside[-1] if inside else 0)) // waits[-1])


@given(expected, seconds, seconds)
def test_time_goes_on_with_every_wait(expected: float | None, left: float, elapsed: float) -> None:
    waits = poll_schedule(expected, left, elapsed)
    assert all(isinstance(wait, int) and wait >= 1 for wait in waits)
    assert len(waits) >= 2
    assert waits[-1] == SPARSE


@given(expected, seconds, seconds)
def test_the_deadline_is_passed_by_less_than_one_wait_of_the_sparse_kind(
    expected: float | None, left: float, elapsed: float
) -> None:
    first, *others = poll_schedule(expected, left, elapsed)
    assert first <= max(1, left + 1)
    assert max(others) <= SPARSE


@given(expected, seconds, st.floats(0, HOURS_8))
def test_eight_hours_fit_into_the_history(expected: float | None, elapsed: float, turns: float) -> None:
    # The worst there is: turns are waited for first, then the endpoint until the deadline.
    waiting_for_turns = int(turns // TURN)
    polling = rounds(poll_schedule(expected, HOURS_8 - turns, elapsed), HOURS_8 - turns)
    assert (waiting_for_turns + polling) * EVENTS_A_ROUND <= EVENTS_IN_ALL - EVENTS_BESIDE


@given(st.floats(90, 3600))
def test_what_takes_as_long_as_the_last_time_is_noticed_within_five_seconds(expected: float) -> None:
    calls = accumulate(poll_schedule(expected, HOURS_8))
    noticed = next(call for call in calls if call >= expected)
    assert noticed - expected <= 5


@given(st.none() | st.floats(60, 3600), st.floats(0, 1200))
def test_what_is_under_way_is_asked_for_when_it_would_have_been(expected: float | None, elapsed: float) -> None:
    *planned, _ = accumulate(poll_schedule(expected, HOURS_8))
    again = [elapsed + call for call in accumulate(poll_schedule(expected, HOURS_8, elapsed))]
    upcoming = [call for call in planned if call > elapsed]
    # Waits are whole seconds: each is up to a second late.
    assert all(
        0 <= late - call <= index + 1 for index, (call, late) in enumerate(zip(upcoming[:5], again, strict=False))
    )


def test_nothing_is_asked_before_anything_can_be_ready() -> None:
    assert poll_schedule(None, HOURS_8)[0] == 180
    assert poll_schedule(500, HOURS_8)[0] == 340


def test_calls_are_dense_where_it_is_likely_and_sparse_after() -> None:
    waits = poll_schedule(500, HOURS_8)
    dense = [wait for call, wait in zip(accumulate(waits), waits, strict=True) if 470 <= call <= 620]
    assert set(dense) == {5}
    assert waits[1] == 20
    assert waits[-1] == 30


@pytest.mark.parametrize("left", [-100.0, 0.0, 0.4])
def test_a_deadline_that_is_over_is_checked_at_once(left: float) -> None:
    assert poll_schedule(500, left)[0] == 1


def test_what_has_ended_is_asked_for_at_once() -> None:
    assert AT_ONCE == [1, 30]
