"""What the engine says while it makes an environment reaches the process that started it, through a pipe of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.contract.engine.laptop import ECHO, Laptop

from slipway_local.hosting.environments import Environments

# Makes an environment whose interpreter is that of the one that is there.
UV = """#!/bin/sh
case "$*" in
  *" venv "*)
    for last; do :; done
    mkdir -p "$last/bin"
    printf '#!/bin/sh\\nexec {python} "$@"\\n' > "$last/bin/python"
    chmod +x "$last/bin/python" ;;
  *" -r "*) cat > /dev/null; echo "Downloading numpy (16.4MiB)"; echo " + numpy==1.26.4" ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose installer only says what it would do."""
    python = Environments().python("toolkit", lambda _: None)
    monkeypatch.setenv("SLIPWAY_CACHE", str(tmp_path / "cache"))
    uv = tmp_path / ".tools" / "uv" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV.format(python=python))
    uv.chmod(0o755)
    images = tmp_path / "requirements" / "images"
    images.mkdir(parents=True)
    (images / "toolkit.txt").write_text("# brings: the toolkit\n# size: 1 MB\nnumpy\n")
    return tmp_path


def test_what_is_made_for_a_model_is_reported_as_it_is_made(project: Path) -> None:
    reported: list[str] = []
    laptop = Laptop(project, reported.append, project=str(project))
    laptop.engine.start()
    reported.clear()  # of a start that took long
    try:
        laptop.endpoint("reported", laptop.role(), ECHO)
        logged = laptop.client("logs").filter_log_events(logGroupName="/aws/sagemaker/Endpoints/reported")["events"]
    finally:
        laptop.engine.stop()

    first, progress, last = reported
    assert first == "the toolkit is needed for the first time: making its environment, 1 MB"
    assert progress == "Downloading numpy (16.4MiB)"
    assert last.startswith("Made it in ")
    assert [event["message"] for event in logged][:3] == reported
