from __future__ import annotations

import socket
from pathlib import Path

import pytest

from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import EngineProcess, free_port
from slipway_local.stack.errors import EngineFailed, PortTaken, StackError


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", free_port()))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_in_use_is_refused_and_nothing_starts(tmp_path: Path, host: str) -> None:
    with socket.socket() as taken:
        taken.bind((host, 0))
        taken.listen()
        port = taken.getsockname()[1]
        engine = EngineProcess(EngineSettings(port=port), tmp_path / "logs" / "engine.log")

        with pytest.raises(PortTaken) as refused:
            engine.start()

    assert "\n" not in str(refused.value)
    assert f"Port {port} of 127.0.0.1 is taken" in str(refused.value)
    assert f"PORT={port + 1}" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_was_not_started_has_no_process_id() -> None:
    with pytest.raises(EngineFailed):
        EngineProcess(EngineSettings(port=1), Path("engine.log")).pid  # noqa: B018 - reading it is the test


def test_stopping_an_engine_that_was_not_started_does_nothing() -> None:
    EngineProcess(EngineSettings(port=1), Path("engine.log")).stop()


def test_every_failure_is_a_stack_error() -> None:
    assert issubclass(PortTaken, StackError)
    assert issubclass(EngineFailed, StackError)
