"""The benchmarks that start a local stack or an engine run to their end; nothing else runs them but `make bench`."""

from __future__ import annotations

import sys

import pytest

from tests import processes
from tests.integration.conftest import PROJECT


@pytest.mark.full
@pytest.mark.parametrize(
    ("script", "measured"),
    [
        ("local_stack", ["warm deployment", "the same by hand", "resident memory", "5 containers"]),
        ("invoke_endpoint", ["the model in this process", "the container directly", "InvokeEndpoint"]),
    ],
)
def test_a_benchmark_measures_every_way_once(script: str, measured: list[str], path_with_tools: str) -> None:
    environment = processes.project_environment(PATH=path_with_tools)
    done = processes.run([sys.executable, f"bench/{script}.py", "2"], cwd=PROJECT, env=environment, timeout=300)

    assert [way for way in measured if way not in done.stdout] == []
