"""`slipway serve` as a user runs it: a model's answers on loopback, and nothing left when it is ended."""

from __future__ import annotations

import json
import signal
import sys
import urllib.request
from pathlib import Path

import pytest
from tests import processes

from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import ContainerSpec, HostedContainer, HostingFailed
from slipway_local.serve import main

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-image:1"
CODE = """
def model_fn(model_dir):
    return 1

def transform_fn(model, body, content_type, accept):
    return body, content_type
"""


def test_a_model_answers_until_it_is_ended_and_nothing_is_left(tmp_path: Path) -> None:
    for name in ("model/code", "tmp"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "model" / "code" / "inference.py").write_text(CODE, encoding="utf-8")
    command = [sys.executable, "-m", "slipway_cli.main", "serve", str(tmp_path / "model"), "--image-uri", IMAGE]
    environment = processes.project_environment(TMPDIR=str(tmp_path / "tmp"))

    with processes.started([*command, "--port", "0"], env=environment) as serving:
        address = serving.stdout.line().removeprefix("Serving on ").strip()
        body, headers = json.dumps([1, 2]).encode(), {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as response:
            assert (response.read(), response.headers["Content-Type"]) == (body, "application/json")
        serving.send(signal.SIGTERM)  # as Ctrl-C, which has the same handler
        assert serving.wait() == 0

    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_container_that_does_not_become_healthy_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(hosting: ProcessHosting, spec: ContainerSpec) -> HostedContainer:
        raise HostingFailed("no ping")

    monkeypatch.setattr(ProcessHosting, "start", fail)

    assert main(["--archive", str(tmp_path / "model.tar.gz"), "--image", IMAGE]) == 1
    assert capsys.readouterr() == ("", "no ping\n")
