"""Containers that want more memory than they have, as real processes."""

from __future__ import annotations

import sys

import pytest
from tests.contract.hosting.conftest import Start
from tests.unit.slipway_local.hosting.doubles import MemoryLogs

from slipway_local.hosting.memory import MEMORY_LIMIT
from slipway_local.ports import HostingFailed, Invocation

ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="no other kernel lets a process be held to a limit")
TOO_BIG = 1 << 31  # bytes; written to, so that it is filled and not only reserved


@ONLY_LINUX
@pytest.mark.parametrize(
    ("line", "last_words"),
    [
        (f"    return bytearray({TOO_BIG})", "MemoryError"),
        pytest.param(
            f"    return __import__('numpy').ones({TOO_BIG // 8})",
            "numpy._core._exceptions._ArrayMemoryError: ",
            marks=pytest.mark.full,
        ),
    ],
)
def test_a_model_that_does_not_fit_is_a_memory_error_in_the_log(
    start: Start, logs: MemoryLogs, line: str, last_words: str
) -> None:
    with pytest.raises(HostingFailed, match="did not pass the ping health check"):
        start({"code/inference.py": f"def model_fn(model_dir):\n{line}\n"}, **{MEMORY_LIMIT: "1024"})

    assert any(line.startswith(last_words) for line in logs.lines)


@ONLY_LINUX
def test_the_limit_holds_for_what_the_script_starts(start: Start, logs: MemoryLogs) -> None:
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'bytearray({TOO_BIG})'], check=True)\n"

    with pytest.raises(HostingFailed):
        start({"code/inference.py": child}, **{MEMORY_LIMIT: "1024"})

    assert "MemoryError" in logs.lines


@pytest.mark.full
def test_numpy_and_scikit_learn_start_within_a_small_limit(start: Start) -> None:
    script = """
import numpy as np
from sklearn.linear_model import LogisticRegression
def model_fn(model_dir):
    return LogisticRegression().fit(np.eye(50), np.arange(50) % 2)
"""

    container = start({"code/inference.py": script}, **{MEMORY_LIMIT: "1024"})

    assert container.invoke(Invocation(b"[" + str([1.0] * 50).encode() + b"]", "application/json")).status == 200


def test_an_invocation_that_does_not_fit_fails_alone(start: Start, logs: MemoryLogs) -> None:
    script = "def model_fn(d): ...\ndef predict_fn(size, m): return [len(bytearray(int(size)))]\n"
    container = start({"code/inference.py": script}, **{MEMORY_LIMIT: "1024"})

    assert container.invoke(Invocation(str(1 << 60).encode(), "application/json")).status == 500
    assert container.invoke(Invocation(b"8", "application/json")).body == b"[8]"
    container.stop()

    assert "MemoryError" in logs.lines


def test_a_container_that_the_kernel_kills_says_so_in_its_log(start: Start, logs: MemoryLogs) -> None:
    script = "import os, signal\nprint('loading')\nos.kill(os.getpid(), signal.SIGKILL)\n"

    with pytest.raises(HostingFailed):
        start({"code/inference.py": script})

    assert logs.lines[-1] == "Killed (signal 9, SIGKILL)"


def test_a_container_that_is_stopped_does_not_say_that_it_was_killed(start: Start, logs: MemoryLogs) -> None:
    start({"code/inference.py": "def model_fn(d): print('loaded')\n"}).stop()

    assert "loaded" in logs.lines
    assert not any("SIG" in line for line in logs.lines)
