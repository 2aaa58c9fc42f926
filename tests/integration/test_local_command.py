"""`slipway local`: a stack in the background that is found again, emptied and stopped - that one and no other."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from slipway_local.engine.settings import HOST
from slipway_local.stack.engine_process import free_port
from tests import processes

PROJECT = Path(__file__).parents[2]
START_TIMEOUT = 240.0  # seconds for a command that starts a stack


def local(*arguments: str, folder: Path, answer: str = "") -> processes.Completed:
    """Run the command as a process of its own, which the stack that it starts outlives."""
    command = [sys.executable, "-m", "slipway_cli.main", "local", *arguments, "--work-folder", str(folder)]
    environment = processes.project_environment()
    return processes.run(command, cwd=PROJECT, env=environment, input=answer, timeout=START_TIMEOUT, check=False)


def s3(description: dict[str, Any]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=description["endpoint_url"],
        region_name=description["region"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def buckets(description: dict[str, Any]) -> set[str]:
    return {bucket["Name"] for bucket in s3(description).list_buckets()["Buckets"]}


def test_it_comes_up_is_found_again_emptied_and_stopped(tmp_path: Path) -> None:
    try:
        up = local("up", "--port", str(free_port()), "--clock-scale", "0.01", folder=tmp_path)
        assert up.returncode == 0, up.stderr
        assert "sam deploy" in up.stdout
        first = json.loads(local("status", "--json", folder=tmp_path).stdout)
        assert first["Running"]
        assert first["endpoint_url"] in up.stdout
        assert "--clock-scale 0.01" in " ".join(psutil.Process(first["pid"]).cmdline())

        again = local("up", "--json", folder=tmp_path)
        assert (again.returncode, json.loads(again.stdout)["endpoint_url"]) == (0, first["endpoint_url"])
        assert json.loads(local("status", "--json", folder=tmp_path).stdout)["pid"] == first["pid"]

        s3(first).create_bucket(Bucket="somebodys")
        assert local("reset", folder=tmp_path, answer="n\n").returncode == 1
        assert "somebodys" in buckets(first)
        assert local("reset", "--yes", folder=tmp_path).returncode == 0
        second = json.loads(local("status", "--json", folder=tmp_path).stdout)
        assert (second["endpoint_url"], second["pid"] != first["pid"]) == (first["endpoint_url"], True)
        assert "--clock-scale 0.01" in " ".join(psutil.Process(second["pid"]).cmdline()), "as it was started"
        assert "somebodys" not in buckets(second)
        assert second["model_bucket"] in buckets(second)
        stack = psutil.Process(second["pid"])
        processes = [stack, *stack.children(recursive=True)]
    finally:
        down = local("down", "--json", folder=tmp_path)
    assert json.loads(down.stdout) == {"Running": False, "Stopped": True}
    assert len(processes) > 1
    assert not psutil.wait_procs(processes, timeout=60)[1]
    status = local("status", folder=tmp_path)
    assert (status.returncode, status.stdout) == (3, "No local stack is running.\n")
    assert local("down", folder=tmp_path).stdout == "No local stack is running.\n"


@pytest.mark.parametrize("left_behind", ["", '{"endpoint_url": "http://127.0.0.1:1"}'])
def test_what_keeps_it_from_coming_up_is_shown(tmp_path: Path, left_behind: str) -> None:
    (tmp_path / "stack.json").write_text(left_behind, encoding="utf-8")
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        up = local("up", "--port", str(port), folder=tmp_path)

    assert up.returncode == 1
    assert f"Port {port} of {HOST} is taken" in up.stderr
    assert local("status", folder=tmp_path).returncode == 3
