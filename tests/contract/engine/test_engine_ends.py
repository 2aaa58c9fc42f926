"""The engine binds to loopback only, and nothing of it is left however it ends."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from tests import processes
from tests.contract.engine.laptop import Laptop, wait_until

from slipway_local.engine.folder import PREFIX, engine_folder
from slipway_local.engine.settings import EngineSettings
from slipway_local.stack import engine_process
from slipway_local.stack.engine_process import EngineProcess, free_port
from slipway_local.stack.errors import EngineFailed

BUSY = "import pathlib, time\ndef handler(event, context):\n    pathlib.Path(event).touch()\n    time.sleep(600)\n"
# Starts a worker that ignores TERM, as a model server might.
WITH_A_WORKER = """
import subprocess, sys
IGNORES_TERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); time.sleep(600)"
worker = subprocess.Popen([sys.executable, "-c", IGNORES_TERM], stdout=subprocess.PIPE)
worker.stdout.readline()
def model_fn(model_dir): ...
"""
PARENT = """
import sys, time
from pathlib import Path
from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import EngineProcess
engine = EngineProcess(EngineSettings(port=int(sys.argv[1]), clock_scale=0.01), Path(sys.argv[2]))
engine.start()
print(engine.pid, flush=True)
time.sleep(600)
"""


def folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))


def tree(pid: int) -> list[psutil.Process]:
    engine = psutil.Process(pid)
    return [engine, *engine.children(recursive=True)]


def left_of(processes: list[psutil.Process], timeout: float = 60.0) -> list[psutil.Process]:
    """Wait for processes, ours or not, to end, and return those that have not."""
    _, alive = psutil.wait_procs(processes, timeout=timeout)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Laptop]:
    """An engine of the test's own, to end as it likes."""
    laptop = Laptop(tmp_path)
    laptop.engine.start()
    yield laptop
    laptop.engine.stop()


def occupy(laptop: Laptop, pid: int, folder: Path) -> list[psutil.Process]:
    """Have a container with a worker, a Lambda that runs and a Wait that waits; return the engine's processes."""
    role = laptop.role()
    laptop.endpoint("worker", role, WITH_A_WORKER)
    function = laptop.function("busy", role, BUSY)
    arguments = {"FunctionName": function, "Payload": str(folder / "running")}
    invoke = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments}
    laptop.start(role, "busy", Invoke={**invoke, "End": True})
    laptop.start(role, "waits", Wait={"Type": "Wait", "Seconds": 99999, "End": True})
    wait_until((folder / "running").exists)
    occupied = tree(pid)
    # The engine, what functions are forked from, the function, and of the container its server, two workers, and the
    # script's.
    assert len(occupied) == 7
    return occupied


def addresses(processes: list[psutil.Process]) -> list[str]:
    """Return the addresses that processes listen on, by TCP or UDP."""
    return [
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN or connection.type.name == "SOCK_DGRAM"
    ]


def test_only_loopback_is_bound_and_stopping_the_engine_leaves_no_process_and_no_folder(
    own: Laptop, tmp_path: Path
) -> None:
    occupied = occupy(own, own.engine.pid, tmp_path)
    # The engine, a container with workers, and a function that runs.
    assert set(addresses(occupied)) == {"127.0.0.1"}, "check tools/slipway_local/engine/settings.py"
    [folder] = [found for found in folders() if list(found.glob("ministack-lambda-busy-*"))]
    assert list((folder / "containers").iterdir())

    own.engine.stop()

    assert left_of(occupied, timeout=0) == []
    assert not folder.exists()


def test_the_engine_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path)
    port = laptop.url.rpartition(":")[2]
    environment = processes.project_environment(TMPDIR=str(tmp_path))
    command = [sys.executable, "-c", PARENT, port, str(tmp_path / "engine.log")]
    with processes.started(command, env=environment) as parent:
        left = occupy(laptop, int(parent.stdout.line()), tmp_path)

        parent.send(signal.SIGKILL)

    assert left_of(left) == []
    assert list(tmp_path.glob(f"{PREFIX}*")) == []


def test_what_a_killed_engine_leaves_is_removed_when_the_next_starts(own: Laptop, tmp_path: Path) -> None:
    occupied = occupy(own, own.engine.pid, tmp_path)
    [abandoned] = [found for found in folders() if list(found.glob("ministack-lambda-busy-*"))]
    functions = processes.functions_below(own.engine.pid)

    os.kill(own.engine.pid, signal.SIGKILL)

    assert len(functions) == 1
    assert left_of([process for process in occupied if process not in functions]) == []
    assert abandoned.exists()
    for function in functions:
        function.kill()  # a Lambda that runs ends after its handler has, and this one takes ten minutes
    with engine_folder(abandoned.parent):
        assert not abandoned.exists()


def test_a_reset_of_ministack_resets_sagemaker_too(own: Laptop) -> None:
    own.endpoint("echo", own.role())
    containers = tree(own.engine.pid)[1:]

    assert httpx.post(f"{own.url}/_ministack/reset", timeout=processes.TIMEOUT).status_code == 200

    because = "check reset() in tools/slipway_local/engine/services.py"
    sagemaker = own.client("sagemaker")
    assert sagemaker.list_endpoints()["Endpoints"] == [], because
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == [], because
    assert sagemaker.list_models()["Models"] == [], because
    assert left_of(containers) == [], because
    own.endpoint("echo", own.role())  # and serves again


def test_an_engine_that_dies_at_start_says_where_to_look_and_that_it_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "PROGRESS_PERIOD", 0.0)
    messages: list[str] = []
    log = tmp_path / "engine.log"
    descriptors = psutil.Process().num_fds()

    with pytest.raises(EngineFailed) as failed:
        EngineProcess(EngineSettings(port=free_port(), clock_scale=-1.0), log, messages.append).start()

    assert str(failed.value) == f"The engine ended with exit code 1: see {log}."
    assert "A clock scale is 0 or more, not -1.0" in log.read_text()
    assert messages[0].startswith("waiting for the engine to answer on http://127.0.0.1:")
    assert psutil.Process().num_fds() <= descriptors  # what other tests left may be closed meanwhile
