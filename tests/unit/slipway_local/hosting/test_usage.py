"""What a process uses, looked at in this one."""

from __future__ import annotations

import os
import sys

from tests import processes

from slipway_local.hosting.usage import Usage


def test_what_was_computed_and_filled_since_the_last_look_is_told() -> None:
    ticks = iter([0.0, 1.0, 2.0])
    usage = Usage(os.getpid(), 1 << 40, lambda: next(ticks))

    first = usage.look()
    second = usage.look()

    assert first is not None
    assert second is not None
    assert first.cpu > second.cpu, "the second looks at the time since the first only"
    assert 0 < first.memory < 1


def test_a_process_that_has_ended_uses_nothing() -> None:
    with processes.started([sys.executable, "-c", ""]) as ended:
        ended.wait()

    assert Usage(ended.pid, 1 << 30).look() is None
