"""`make local`, as a process of its own: it says how to try it, describes itself, and leaves nothing behind."""

from __future__ import annotations

import json
import signal
import socket
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from slipway_local.engine.settings import HOST
from slipway_local.stack.engine_process import free_port
from tests import processes

PROJECT = Path(__file__).parents[2]


def start(port: int, work_folder: Path, path: str) -> AbstractContextManager[processes.Child]:
    """Start what the Makefile's target starts."""
    command = [sys.executable, "-m", "slipway_local", "--port", str(port), "--work-folder", str(work_folder)]
    return processes.started(command, cwd=PROJECT, env=processes.project_environment(PATH=path))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_describes_itself_and_ends_with_every_child(
    ending: signal.Signals, tmp_path: Path, path_with_tools: str
) -> None:
    port = free_port()
    with start(port, tmp_path, path_with_tools) as process:
        said = process.stdout.until("Ctrl-C stops it")
        described = json.loads((tmp_path / "stack.json").read_text(encoding="utf-8"))
        children = psutil.Process(process.pid).children(recursive=True)
        process.send(ending)
        process.wait()
    assert set(described) == {
        "endpoint_url",
        "region",
        "account_id",
        "state_machine_arn",
        "model_bucket",
        "outputs",
    }
    assert described["endpoint_url"] == f"http://{HOST}:{port}"
    assert described["outputs"]["StateMachineArn"] == described["state_machine_arn"]
    assert said.count("\n  aws ") == 3, "three commands to try"
    assert described["model_bucket"] in said
    assert children
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert not (tmp_path / "stack.json").exists()


def test_a_taken_port_is_a_one_line_error(tmp_path: Path, path_with_tools: str) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with start(port, tmp_path, path_with_tools) as process:
            error, code = process.stderr.rest(), process.wait()
    assert code == 1
    assert error.splitlines() == [
        f"Error: Port {port} of {HOST} is taken: end what listens there, or choose another with PORT={port + 1}."
    ]
