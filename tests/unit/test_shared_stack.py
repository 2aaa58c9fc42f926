"""The stack that the processes of a run share: started once, and ended by the one that started it, after all others."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Self, cast

from slipway_local.stack.local_stack import LocalStack
from tests.integration.shared_stack import shared_stack, turn
from tests.processes import TIMEOUT

DESCRIPTION = {
    "endpoint_url": "http://127.0.0.1:1",
    "region": "us-east-1",
    "account_id": "000000000000",
    "state_machine_arn": "",
    "model_bucket": "models",
    "outputs": {},
}


class FakeStack:
    """Writes its description when it starts."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.starts = 0

    def __enter__(self) -> Self:
        self.starts += 1
        self._file.write_text(json.dumps(DESCRIPTION), encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def down(self) -> None:
        self._file.unlink(missing_ok=True)


def test_one_process_starts_the_stack_and_ends_it_after_the_last_user(tmp_path: Path) -> None:
    file = tmp_path / "stack.json"
    first, second = FakeStack(file), FakeStack(file)
    joined, leave = threading.Event(), threading.Event()

    def use() -> None:
        with shared_stack(cast("LocalStack", second), file) as description:
            assert description.model_bucket == "models"
            joined.set()
            assert leave.wait(TIMEOUT)
            assert file.exists(), "it runs while it is used"

    user = threading.Thread(target=use)
    with shared_stack(cast("LocalStack", first), file):
        user.start()
        assert joined.wait(TIMEOUT)
        threading.Timer(0.05, leave.set).start()
    user.join(TIMEOUT)

    assert (first.starts, second.starts) == (1, 0)
    assert not file.exists()


def test_a_test_that_changes_what_all_use_runs_alone(tmp_path: Path) -> None:
    order: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def first() -> None:
        with turn(tmp_path, alone=True):
            entered.set()
            assert leave.wait(TIMEOUT)
            order.append("alone")

    thread = threading.Thread(target=first)
    thread.start()
    assert entered.wait(TIMEOUT)
    threading.Timer(0.05, leave.set).start()
    with turn(tmp_path, alone=False), turn(tmp_path, alone=False):
        order.append("together")
    thread.join(TIMEOUT)

    assert order == ["alone", "together"]
