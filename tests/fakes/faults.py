"""Orders for a fake to answer badly: an error instead of the call, or a call whose answer is lost."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from slipway.errors import ServiceUnavailable, SlipwayError


class Fault(NamedTuple):
    """`performed` says whether the call takes effect before the error is raised."""

    error: SlipwayError
    performed: bool


class Faults:
    """Each fault hits one call, in the order given; `calls` are the operations asked for, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._orders: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def fail(self, operation: str, error: SlipwayError) -> None:
        """Let the next call of an operation raise instead of doing anything."""
        self._orders[operation].append(Fault(error, performed=False))

    def lose(self, operation: str) -> None:
        """Let the next call of an operation take effect and its answer be lost."""
        self._orders[operation].append(Fault(ServiceUnavailable("AWS did not answer."), performed=True))

    @contextmanager
    def call(self, operation: str) -> Iterator[None]:
        """Perform one call, with what was ordered for it."""
        self.calls.append(operation)
        orders = self._orders[operation]
        fault = orders.popleft() if orders else None
        if fault and not fault.performed:
            raise fault.error
        yield
        if fault:
            raise fault.error
