"""`make local`, as a process of its own: it says how to try it, describes itself, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from slipway_local.engine.settings import HOST
from slipway_local.stack.engine_process import free_port

PROJECT = Path(__file__).parents[2]


def start(port: int, work_folder: Path, path: str) -> subprocess.Popen[str]:
    """Start what the Makefile's target starts."""
    command = [sys.executable, "-m", "slipway_local", "--port", str(port), "--work-folder", str(work_folder)]
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(PROJECT / "tools"), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def said_until_ready(process: subprocess.Popen[str]) -> str:
    """Return what it said, up to its last line."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops it" in line:
            return "".join(lines)
    raise AssertionError(f"it ended:\n{''.join(lines)}{process.stderr and process.stderr.read()}")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_describes_itself_and_ends_with_every_child(
    ending: signal.Signals, tmp_path: Path, path_with_tools: str
) -> None:
    port = free_port()
    process = start(port, tmp_path, path_with_tools)
    try:
        said = said_until_ready(process)
        described = json.loads((tmp_path / "stack.json").read_text(encoding="utf-8"))
        children = psutil.Process(process.pid).children(recursive=True)
    finally:
        process.send_signal(ending)
        process.communicate(timeout=30)
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
        process = start(port, tmp_path, path_with_tools)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert error.splitlines() == [
        f"Error: Port {port} of {HOST} is taken: end what listens there, or choose another with PORT={port + 1}."
    ]
