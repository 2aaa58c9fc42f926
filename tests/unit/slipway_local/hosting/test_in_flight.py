from __future__ import annotations

import threading

import pytest
from tests.processes import TIMEOUT

from slipway_local.hosting.in_flight import InFlight


def test_entering_after_closing_is_refused() -> None:
    inside = InFlight()
    inside.close(0)

    with pytest.raises(ConnectionRefusedError):
        inside.enter()


def test_closing_waits_for_those_inside() -> None:
    inside = InFlight()
    inside.enter()
    closed = threading.Event()

    def close() -> None:
        inside.close(30)
        closed.set()

    threading.Thread(target=close).start()
    while True:  # until the closing has begun
        try:
            inside.enter()
        except ConnectionRefusedError:
            break
        inside.leave()
    assert not closed.is_set()
    inside.leave()

    assert closed.wait(TIMEOUT)


def test_closing_does_not_wait_for_ever() -> None:
    inside = InFlight()
    inside.enter()

    inside.close(0.01)

    with pytest.raises(ConnectionRefusedError):
        inside.enter()
