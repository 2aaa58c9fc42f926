"""SAGEMAKER_MODEL_SERVER_WORKERS, seen from outside."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from tests.contract.engine.laptop import wait_until
from tests.contract.hosting.conftest import TOOLKIT, Start
from tests.unit.slipway_local.hosting.doubles import MemoryLogs

from slipway_local.hosting.supervised import SupervisedContainer
from slipway_local.ports import HostingFailed, Invocation

# Answers the worker's process id, and how many of its invocations were in flight at once.
SCRIPT = """
import os, threading, time
under_way, most = 0, 0
def model_fn(model_dir): print("loaded"); return None
def predict_fn(data, model):
    global under_way, most
    under_way += 1
    most = max(most, under_way)
    time.sleep(0.05)
    under_way -= 1
    return [os.getpid(), most]
"""


def ask(container: SupervisedContainer) -> tuple[int, int]:
    pid, most = json.loads(container.invoke(Invocation(b"[]", "application/json")).body)
    return pid, most


def ask_often(container: SupervisedContainer) -> list[tuple[int, int]]:
    with ThreadPoolExecutor(8) as callers:
        return list(callers.map(lambda _: ask(container), range(40)))


def test_each_worker_loads_the_model_and_serves_one_invocation_at_a_time(start: Start, logs: MemoryLogs) -> None:
    container = start({"code/inference.py": SCRIPT}, image=TOOLKIT, SAGEMAKER_MODEL_SERVER_WORKERS="3")

    answers = ask_often(container)

    assert {most for _, most in answers} == {1}
    assert len({pid for pid, _ in answers}) > 1
    assert len(psutil.Process(container.pid).children()) == 3
    wait_until(lambda: logs.lines.count("loaded") == 3)


def test_what_workers_print_in_the_same_moment_are_whole_lines_of_the_log(start: Start, logs: MemoryLogs) -> None:
    slowly = """
import os, time
def say(first, second):
    print(first, end="", flush=True)
    time.sleep(0.1)
    print(second, flush=True)
def model_fn(model_dir): say("loa", "ded")
def predict_fn(data, model): say("ans", "wered"); return [os.getpid(), 1]
"""
    container = start({"code/inference.py": slowly}, image=TOOLKIT, SAGEMAKER_MODEL_SERVER_WORKERS="2")

    assert len({pid for pid, _ in ask_often(container)}) == 2
    container.stop()

    assert (logs.lines.count("loaded"), logs.lines.count("answered")) == (2, 40)


def test_an_unfinished_last_line_of_a_worker_that_is_killed_is_logged(start: Start, logs: MemoryLogs) -> None:
    script = """
import os, signal
def model_fn(model_dir): return None
def predict_fn(data, model):
    print("gone", end="", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    container = start({"code/inference.py": script}, image=TOOLKIT)

    assert container.invoke(Invocation(b"[]", "application/json")).status == 500
    wait_until(lambda: "gone" in logs.lines)


def test_without_the_variable_one_process_of_scikit_learns_image_serves_several_that_wait(start: Start) -> None:
    answers = ask_often(start({"code/inference.py": SCRIPT}))

    assert len({pid for pid, _ in answers}) == 1
    assert max(most for _, most in answers) > 1


def test_a_worker_that_dies_is_replaced_by_one_that_serves(start: Start, logs: MemoryLogs) -> None:
    container = start({"code/inference.py": SCRIPT}, image=TOOLKIT)
    first, _ = ask(container)

    os.kill(first, signal.SIGKILL)
    # The server learns of it by the next request, as multi-model-server does.
    assert container.invoke(Invocation(b"[]", "application/json")).status == 500
    assert ask(container)[0] != first
    container.stop()

    assert logs.lines.count("loaded") == 2


@pytest.mark.parametrize(
    ("script", "workers", "said"),
    [
        ("def model_fn(d): raise OSError('no weights')\n", "2", "OSError: no weights"),
        (SCRIPT, "none", "ValueError: invalid literal for int() with base 10: 'none'"),
    ],
)
def test_workers_that_cannot_load_fail_the_container(
    start: Start, logs: MemoryLogs, script: str, workers: str, said: str
) -> None:
    with pytest.raises(HostingFailed, match="ping health check"):
        start({"code/inference.py": script}, SAGEMAKER_MODEL_SERVER_WORKERS=workers)

    assert said in logs.lines
