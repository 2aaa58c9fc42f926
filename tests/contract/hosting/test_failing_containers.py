"""Containers that never become healthy, and what is left of them."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from tests.contract.hosting.conftest import URI, Start
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


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True)]


@pytest.mark.parametrize(
    ("script", "last_line"),
    [
        ("def model_fn(model_dir):\n    raise OSError('no weights')\n", "OSError: no weights"),
        ("import os\nprint('leaving')\nos._exit(0)\n", "leaving"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "Segmentation fault (signal 11, SIGSEGV)"),
    ],
)
def test_a_container_that_ends_at_start_fails_with_its_last_words_in_the_log(
    start: Start, logs: MemoryLogs, folder: Path, script: str, last_line: str
) -> None:
    before = children()

    assert failure(start, {"code/inference.py": script}) == NOT_HEALTHY

    # Without waiting: the lines must be there as soon as the failure is.
    assert logs.lines[-1].startswith(last_line)
    assert list(folder.iterdir()) == []
    assert children() == before


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
        hosting.start(ContainerSpec("ep", "AllTraffic", "i-0123", "image:1", ModelData(URI)))

    assert logs.lines[-1] == "ModuleNotFoundError: No module named 'nothing_like_it'"


def test_a_container_that_hangs_while_loading_fails_when_its_time_is_up(start: Start, folder: Path) -> None:
    script = "import time\ndef model_fn(model_dir):\n    time.sleep(600)\n"
    before = children()

    assert failure(start, {"code/inference.py": script}, wait=1.0) == NOT_HEALTHY

    assert list(folder.iterdir()) == []
    assert children() == before


def test_a_container_whose_ping_is_not_good_fails(start: Start, folder: Path) -> None:
    # Script mode cannot fail its ping once it listens; a script that serves for itself can.
    script = """
import http.server, os
class Unwell(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(500)
server = http.server.HTTPServer(("127.0.0.1", 0), Unwell)
with os.fdopen(int(os.environ["SLIPWAY_PORT_PIPE"]), "w") as pipe:
    pipe.write(f"{server.server_port}\\n")
server.serve_forever()
"""

    assert failure(start, {"code/inference.py": script}, wait=1.5) == NOT_HEALTHY
    assert list(folder.iterdir()) == []


def test_a_container_that_never_answers_its_ping_fails(start: Start, folder: Path) -> None:
    # The port listens, and no process answers there. How long a ping is waited for: test_hosted_process.py.
    script = """
import os, socket, time
listener = socket.create_server(("127.0.0.1", 0))
with os.fdopen(int(os.environ["SLIPWAY_PORT_PIPE"]), "w") as pipe:
    pipe.write(f"{listener.getsockname()[1]}\\n")
time.sleep(600)
"""
    assert failure(start, {"code/inference.py": script}, wait=1.0) == NOT_HEALTHY
    assert list(folder.iterdir()) == []


def test_an_archive_that_is_cut_off_is_named_and_nothing_is_started(
    start: Start, logs: MemoryLogs, folder: Path
) -> None:
    archive = tar_gz({"code/inference.py": "print('never')\n", "weights": bytes(100_000)})

    message = failure(start, archive[: len(archive) // 2])

    assert message.startswith('Failed to extract model data archive for container "container_1" from URL "s3://')
    assert logs.lines == []
    assert list(folder.iterdir()) == []
