"""No container outlives what it belongs to."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from tests import processes
from tests.contract.engine.laptop import wait_until
from tests.contract.hosting.conftest import TOOLKIT, Start

from slipway_local.ports import Invocation

# Starts a child that ignores TERM, as a model server's worker might.
WITH_A_CHILD = """
import subprocess, sys
IGNORES_TERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); time.sleep(600)"
worker = subprocess.Popen([sys.executable, "-c", IGNORES_TERM], stdout=subprocess.PIPE)
worker.stdout.readline()
def model_fn(model_dir): return worker.pid
def predict_fn(data, model): return model
"""
ENGINE = """
import sys, time
from pathlib import Path
from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import ContainerSpec, Invocation, ModelData
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore, tar_gz
store = MemoryStore({"s3://b/k": tar_gz({"code/inference.py": sys.argv[1]})})
hosting = ProcessHosting(store, MemoryLogs(), Path(sys.argv[2]))
container = hosting.start(ContainerSpec("ep", "AllTraffic", "i-1", "image:1", ModelData("s3://b/k")))
worker = container.invoke(Invocation(b"[]", "application/json")).body.decode()
print(container.pid, worker, flush=True)
time.sleep(600)
"""


def gone(*pids: int, timeout: float = 60) -> bool:
    """Wait for processes, ours or not, to end."""
    there = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs(there, timeout=timeout)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


def test_stop_leaves_no_process_and_no_file(start: Start, folder: Path) -> None:
    container = start({"code/inference.py": WITH_A_CHILD}, image=TOOLKIT)
    worker = int(container.invoke(Invocation(b"[]", "application/json")).body)
    assert psutil.pid_exists(worker)

    container.stop()
    container.stop()

    assert gone(container.pid, worker)
    assert list(folder.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        container.invoke(Invocation(b"[]", "application/json"))


def test_a_worker_that_dies_in_service_is_a_bad_gateway_and_is_replaced(start: Start) -> None:
    script = "import os\ndef model_fn(d): ...\ndef predict_fn(x, m): return os.getpid() if x else os._exit(9)\n"
    container = start({"code/inference.py": script})

    answer = container.invoke(Invocation(b"0", "application/json"))

    assert (answer.status, b"502 Bad Gateway" in answer.body) == (502, True)
    assert container.invoke(Invocation(b"1", "application/json")).status == 200


def test_a_container_that_dies_is_started_again(start: Start, folder: Path) -> None:
    container = start({"code/inference.py": "def model_fn(d): ...\ndef predict_fn(x, m): return 1\n"}, image=TOOLKIT)
    first = container.pid

    os.kill(first, signal.SIGKILL)
    assert gone(first)
    wait_until(container.ping)

    assert container.invoke(Invocation(b"1", "application/json")).status == 200
    assert container.pid != first
    container.stop()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_container_ends_with_its_engine_however_that_ends(tmp_path: Path, end: signal.Signals) -> None:
    command = [sys.executable, "-c", ENGINE, WITH_A_CHILD, str(tmp_path)]
    with processes.started(command, env=processes.project_environment()) as engine:
        container, worker = map(int, engine.stdout.line().split())

        engine.send(end)
        engine.wait()

    assert gone(container, worker)


def test_a_container_listens_on_the_loopback_address_only_and_has_an_empty_standard_input(start: Start) -> None:
    script = "import sys\ndef model_fn(d): return sys.stdin.read()\ndef predict_fn(x, m): return m\n"
    container = start({"code/inference.py": script}, image=TOOLKIT)

    listening = [
        connection.laddr.ip
        for process in (psutil.Process(container.pid), *psutil.Process(container.pid).children(recursive=True))
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]

    assert set(listening) == {"127.0.0.1"}
    assert container.invoke(Invocation(b"[]", "application/json")).body == b'""'
