"""A function's process has the environment, the folder and the streams that it was started with, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.processes import TIMEOUT, functions_below

from slipway_local.engine.function_processes import ENDED, FunctionProcess, FunctionProcesses

ECHO = """
import json, os, sys
found = {"argv": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ), "path": sys.path[0]}
own = [name for name in ("aws_lambda_powertools", "fastjsonschema", "slipway") if name in sys.modules]
print(json.dumps(found | {"sdk": "botocore" in sys.modules, "own": own}), flush=True)
for line in sys.stdin:
    print(line.strip(), flush=True)
    print(f"the log of {line.strip()}", file=sys.stderr, flush=True)
"""


@pytest.fixture(scope="module")
def processes() -> Iterator[FunctionProcesses]:
    processes = FunctionProcesses()
    yield processes
    assert processes._server
    processes._server.close()


@pytest.fixture
def program(tmp_path: Path) -> str:
    (tmp_path / "program.py").write_text(ECHO)
    return str(tmp_path / "program.py")


@pytest.fixture
def echo(processes: FunctionProcesses, program: str, tmp_path: Path) -> Iterator[FunctionProcess]:
    started = processes.start(program, str(tmp_path), {"NAME": "its own"})
    yield started
    end(started)


def end(process: FunctionProcess) -> None:
    process.kill()
    process.wait(TIMEOUT)
    for stream in (process.stdin, process.stdout, process.stderr, process.ended):
        stream.close()


def first_line(process: FunctionProcess) -> Any:
    return json.loads(process.stdout.readline())


def test_it_is_as_if_it_had_been_started_alone_but_for_the_sdk(echo: FunctionProcess, tmp_path: Path) -> None:
    found = first_line(echo)

    assert found.pop("environment") == {"NAME": "its own"}
    assert found == {
        "argv": [str(tmp_path / "program.py")],
        "folder": str(tmp_path),
        "path": str(tmp_path),
        "sdk": True,
        "own": [],
    }


def test_it_reads_and_writes_its_own_streams_and_ends_with_its_input(echo: FunctionProcess) -> None:
    first_line(echo)
    echo.stdin.write("an event\n")

    assert echo.stdout.readline() == "an event\n"
    assert echo.stderr.readline() == "the log of an event\n"
    assert echo.poll() is None
    with pytest.raises(TimeoutError):
        echo.wait(0.01)

    echo.stdin.close()

    assert echo.wait(TIMEOUT) == ENDED
    assert echo.poll() == ENDED
    assert echo.stdout.read() == ""


def test_what_is_terminated_ends(echo: FunctionProcess) -> None:
    echo.terminate()

    assert echo.wait(TIMEOUT) == ENDED
    echo.terminate()  # there is no such process any more


def test_where_the_process_that_all_are_forked_from_was_killed_another_is_started(
    processes: FunctionProcesses, echo: FunctionProcess, program: str, tmp_path: Path
) -> None:
    first_line(echo)
    psutil.Process(psutil.Process(echo.pid).ppid()).kill()

    another = processes.start(program, str(tmp_path), {})

    assert first_line(another)["environment"] == {}
    assert [another.pid] == [one.pid for one in functions_below(psutil.Process().pid)]
    echo.stdin.write("an event\n")
    assert echo.stdout.readline() == "an event\n", "what was forked before goes on"
    end(another)
