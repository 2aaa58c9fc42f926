"""The stand-in of servers of large language models, asked by the OpenAI Python library as it is."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest
from tests import processes
from tests.contract.hosting.conftest import Start
from tests.unit.slipway_local.hosting.doubles import MemoryLogs

from slipway_local.containers import language_model
from slipway_local.containers.http_front import serve
from slipway_local.ports import Invocation

ROOT = Path(__file__).parents[3]
SDK_PYTHON = ROOT / ".tools" / "sagemaker-sdk" / "bin" / "python"
SCRIPT = Path(__file__).with_name("openai_script.py")
ALWAYS = os.environ.get("SLIPWAY_EXHAUSTIVE") == "always"  # `make check` says so
VLLM = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker"
SAID = "This is slipway-stand-in, in place of Qwen/Qwen3-4B. It repeats: hello there"


@pytest.mark.skipif(
    not SDK_PYTHON.exists() and not ALWAYS, reason="the client's environment is not made: `make bench` makes it"
)
def test_the_openai_library_asks_and_streams(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_MODEL_ID", "Qwen/Qwen3-4B")
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    threading.Thread(target=serve, args=(listener, language_model.openai()[0]), daemon=True).start()
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    done = processes.run([SDK_PYTHON, SCRIPT, url], env=inherited, cwd=tmp_path)

    assert json.loads(done.stdout) == {
        "model": "Qwen/Qwen3-4B",
        "text": SAID,
        "parts": 11,
        "streamed": SAID,
        "tokens": 11,
        "refusal": "messages must be a list of at least one message.",
        "embeddings": 2,
    }


def test_a_container_of_vllm_streams_and_its_log_says_that_it_is_a_stand_in(start: Start, logs: MemoryLogs) -> None:
    container = start({}, image=VLLM, HF_MODEL_ID="Qwen/Qwen3-4B")
    body = {"messages": [{"role": "user", "content": "hello there"}], "stream": True}

    streamed = container.stream(Invocation(json.dumps(body).encode(), "application/json"))

    assert (streamed.status, streamed.content_type) == (200, "text/event-stream")
    assert b"".join(streamed.chunks).endswith(b"data: [DONE]\n\n")
    assert any("loads no model" in line for line in logs.lines)
