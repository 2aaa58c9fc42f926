"""Containers that never become healthy, and what is left of them."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from tests.contract.hosting.conftest import PROGRAM, SKLEARN, URI, Start
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore, tar_gz

from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import ContainerSpec, HostingFailed, ModelData

NOT_HEALTHY = (
    "The primary container for production variant AllTraffic did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)


def failure(start: Start, archive: dict[str, bytes | str] | bytes, wait: float = 30.0) -> str:
    with pytest.raises(HostingFailed) as failed:
        start(archive, wait)
    return str(failed.value)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def of_containers(pids: set[int]) -> set[int]:
    """Return those that are containers: the engine that other tests of this process share starts functions as well."""
    return {pid for pid in pids if "slipway_local.containers" in command(pid)}


def command(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:
        return ""


@pytest.mark.parametrize(
    ("script", "last_line"),
    [
        ("def model_fn(model_dir):\n    raise OSError('no weights')\n", "OSError: no weights"),
        ("import os\nprint('leaving')\nos._exit(0)\n", "leaving"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "Segmentation fault (signal 11, SIGSEGV)"),
    ],
)
def test_a_container_that_ends_at_start_or_cannot_load_fails_with_the_reason_in_its_log(
    start: Start, logs: MemoryLogs, folder: Path, script: str, last_line: str
) -> None:
    before = children()

    assert failure(start, {"code/inference.py": script}) == NOT_HEALTHY

    # Without waiting: who reads the failure must find the lines.
    assert any(line.startswith(last_line) for line in logs.lines)
    assert list(folder.iterdir()) == []
    assert of_containers(children() - before) == set()


def test_a_failure_is_reported_only_once_its_log_is_written(folder: Path) -> None:
    class SlowLogs(MemoryLogs):
        def write(self, group: str, stream: str, lines: list[str]) -> None:
            time.sleep(0.3)  # CloudWatch takes its time; there is no other clock in between to fake
            super().write(group, stream, lines)

    logs = SlowLogs()
    hosting = ProcessHosting(
        MemoryStore({URI: tar_gz({"code/inference.py": "import nothing_like_it\n"})}), logs, folder
    )

    with pytest.raises(HostingFailed):
        hosting.start(ContainerSpec("ep", "AllTraffic", "i-0123", SKLEARN, ModelData(URI), PROGRAM))

    assert "ModuleNotFoundError: No module named 'nothing_like_it'" in logs.lines


def test_a_container_that_hangs_while_loading_fails_when_its_time_is_up(start: Start, folder: Path) -> None:
    script = "import time\ndef model_fn(model_dir):\n    time.sleep(600)\n"
    before = children()

    assert failure(start, {"code/inference.py": script}, wait=5.0) == NOT_HEALTHY  # the download has as long

    assert list(folder.iterdir()) == []
    assert of_containers(children() - before) == set()


def test_an_archive_that_is_cut_off_is_named_and_nothing_is_started(
    start: Start, logs: MemoryLogs, folder: Path
) -> None:
    archive = tar_gz({"code/inference.py": "print('never')\n", "weights": bytes(100_000)})

    message = failure(start, archive[: len(archive) // 2])

    assert message.startswith('Failed to extract model data archive for container "container_1" from URL "s3://')
    assert logs.lines == []
    assert list(folder.iterdir()) == []
