"""Throttling slows down and loses nothing; when the time is nearly up, nothing else is begun."""

from __future__ import annotations

import pytest

from slipway.aws.retry import MAX_ATTEMPTS, MAX_WAIT, RESERVE, OutOfTime, Page, Retrier
from slipway.errors import AccessDenied, ServiceThrottled


class Clock:
    """Seconds that pass only in `sleep`."""

    def __init__(self, left: float) -> None:
        self.left = left
        self.waits: list[float] = []

    def seconds_left(self) -> float:
        return self.left

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.left -= seconds


def retrier(clock: Clock) -> Retrier:
    return Retrier(clock.seconds_left, clock.sleep, lambda longest: longest)


class Throttled:
    """A call that is throttled so many times before it answers."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise ServiceThrottled("Rate exceeded")
        return "answer"


def test_a_throttled_call_is_made_again_ever_later() -> None:
    clock = Clock(900)

    assert retrier(clock)(Throttled(3)) == "answer"
    assert clock.waits == [1.0, 2.0, 4.0]


def test_no_wait_is_longer_than_the_longest() -> None:
    clock = Clock(900)

    retrier(clock)(Throttled(MAX_ATTEMPTS - 1))

    assert max(clock.waits) == MAX_WAIT


def test_endless_throttling_is_raised() -> None:
    call = Throttled(1000)

    with pytest.raises(ServiceThrottled):
        retrier(Clock(9000))(call)
    assert call.calls == MAX_ATTEMPTS


def test_what_is_refused_is_asked_once() -> None:
    asked = []

    def refused() -> None:
        asked.append(1)
        raise AccessDenied("No.")

    with pytest.raises(AccessDenied):
        retrier(Clock(900))(refused)
    assert asked == [1]


def test_waiting_ends_with_the_time() -> None:
    clock = Clock(RESERVE + 5)
    call = Throttled(1000)

    with pytest.raises(OutOfTime):
        retrier(clock)(call)
    assert clock.left == RESERVE
    assert call.calls < MAX_ATTEMPTS


def test_nothing_is_begun_in_the_reserve() -> None:
    call = Throttled(0)

    with pytest.raises(OutOfTime):
        retrier(Clock(RESERVE))(call)
    assert call.calls == 0


def test_a_throttled_page_is_asked_for_again_and_no_other() -> None:
    asked: list[str] = []

    def page_of(token: str) -> Page[int]:
        asked.append(token)
        if asked.count("two") == 1 and token == "two":
            raise ServiceThrottled("Rate exceeded")
        return {"": Page([1, 2], "two"), "two": Page([3], "three"), "three": Page([], "")}[token]

    assert list(retrier(Clock(900)).pages(page_of)) == [1, 2, 3]
    assert asked == ["", "two", "two", "three"]
