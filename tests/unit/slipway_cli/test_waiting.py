"""`status --wait` right after an upload, whose execution has not begun."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from slipway_cli.output.waiting import ARRIVAL, arrived
from slipway_cli.sdk.errors import NothingDeployed
from slipway_cli.sdk.executions import Execution

EXECUTION = Execution("arn:aws:states:us-east-1:123456789012:execution:machine:one", "RUNNING", datetime.now(UTC))


class Search:
    """Finds an execution once so many seconds have passed, by a clock that only sleeping moves."""

    def __init__(self, found: Execution, after: float) -> None:
        self.found, self.after, self.now = found, after, 0.0

    def __call__(self) -> Execution:
        if self.now < self.after:
            raise NothingDeployed("There is none.")
        return self.found

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_what_begins_in_a_moment_is_waited_for() -> None:
    search = Search(EXECUTION, after=3)
    assert arrived(search, search.sleep, lambda: search.now) is EXECUTION
    assert search.now == pytest.approx(3, abs=0.5)


def test_what_never_begins_is_not_waited_for_long() -> None:
    search = Search(EXECUTION, after=3600)
    with pytest.raises(NothingDeployed):
        arrived(search, search.sleep, lambda: search.now)
    assert search.now < ARRIVAL + 1
