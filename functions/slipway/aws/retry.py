"""Calls that may be throttled, made again until they succeed or the time is nearly up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from random import SystemRandom
from typing import Generic, NamedTuple, TypeVar

from slipway.errors import DeadlineExceeded, NotYet

T = TypeVar("T")

MAX_ATTEMPTS = 8
MAX_WAIT = 20.0  # seconds
RESERVE = 30.0  # seconds kept for what has to be done at the end


class OutOfTime(DeadlineExceeded):
    """The function's time is nearly over: nothing else is begun."""


class Page(NamedTuple, Generic[T]):
    """A page of a listing, and the token of the next one; empty after the last."""

    items: list[T]
    token: str


class Retrier:
    """Waits with backoff and full jitter.

    `seconds_left` says how much time there is, `sleep` waits that many seconds, and `jitter` returns a number of
    seconds from none to its argument, as `random_up_to` does.
    """

    def __init__(
        self,
        seconds_left: Callable[[], float],
        sleep: Callable[[float], None],
        jitter: Callable[[float], float],
        reserve: float = RESERVE,
        attempts: int = MAX_ATTEMPTS,
    ) -> None:
        self._seconds_left = seconds_left
        self._sleep = sleep
        self._jitter = jitter
        self._reserve = reserve
        self._attempts = attempts

    def __call__(self, call: Callable[[], T]) -> T:
        """Return what a call returns. Raises `OutOfTime`, what is refused, and the last `NotYet` of several."""
        for attempt in count(1):
            self.check()
            try:
                return call()
            except NotYet:
                if attempt == self._attempts:
                    raise
            self._wait(min(MAX_WAIT, 2.0 ** (attempt - 1)))
        raise AssertionError("count() does not end")

    def pages(self, page_of: Callable[[str], Page[T]]) -> Iterator[T]:
        """Yield the items of all pages; a page that is throttled is asked for again, and no other."""
        token = ""
        while True:
            at = token
            page = self(lambda: page_of(at))  # noqa: B023 - called before `at` changes
            yield from page.items
            token = page.token
            if not token:
                return

    def check(self) -> None:
        """Raise `OutOfTime` when only the reserve is left."""
        if self._seconds_left() <= self._reserve:
            raise OutOfTime

    def _wait(self, longest: float) -> None:
        spare = self._seconds_left() - self._reserve
        self._sleep(max(0.0, min(self._jitter(longest), spare)))


def random_up_to(seconds: float) -> float:
    """Return a number of seconds from none to this many: full jitter."""
    return SystemRandom().uniform(0, seconds)


# One attempt, where the caller makes failed calls again.
ONCE = Retrier(lambda: 1.0, lambda _seconds: None, lambda _seconds: 0.0, reserve=0, attempts=1)
