"""`status --wait` right after an upload, whose execution has not begun."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from slipway_cli.output import waiting
from slipway_cli.output.waiting import ARRIVAL, arrived
from slipway_cli.sdk.errors import NothingDeployed
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import TargetChoice

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


@pytest.mark.parametrize(("is_local", "lines"), [(True, 1), (False, 2)])
def test_an_endpoint_on_aws_is_shown_with_its_price(
    is_local: bool, lines: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serving = SimpleNamespace(instances={"ml.m5.large": 2})
    monkeypatch.setattr(waiting, "find_endpoint", lambda _target, _name: serving)
    waiting.say_next_steps(SimpleNamespace(is_local=is_local), TargetChoice(), "fraud")  # type: ignore[arg-type]
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == lines
    assert printed[0] == "Try it with: slipway invoke fraud FILE"
    assert is_local or printed[1] == "It costs about $0.230 an hour until you delete it: slipway delete fraud"
