"""What the engine says while it makes an environment reaches the process that started it, through a pipe of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.contract.engine.laptop import ECHO, Laptop

# Makes an environment whose interpreter is the project's.
UV = """#!/bin/sh
case "$*" in
  *" venv "*)
    for last; do :; done
    mkdir -p "$last/bin"
    printf '#!/bin/sh\\nexec {python} "$@"\\n' > "$last/bin/python"
    chmod +x "$last/bin/python" ;;
  *) echo "Downloading onnxruntime (16.4MiB)"; echo " + onnxruntime==1.23.2" ;;
esac
"""
# Its import is what asks for the environment.
SCRIPT = f"try:\n    import onnxruntime\nexcept ImportError:\n    pass\n{ECHO}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose installer only says what it would do."""
    uv = tmp_path / ".tools" / "uv" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV.format(python=sys.executable))
    uv.chmod(0o755)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "onnx.txt").write_text("onnxruntime\n")
    return tmp_path


def test_what_is_made_for_a_model_is_reported_as_it_is_made(project: Path) -> None:
    reported: list[str] = []
    laptop = Laptop(project, reported.append, project=str(project))
    laptop.engine.start()
    reported.clear()  # of a start that took long
    try:
        laptop.endpoint("reported", laptop.role(), SCRIPT)
        logged = laptop.client("logs").filter_log_events(logGroupName="/aws/sagemaker/Endpoints/reported")["events"]
    finally:
        laptop.engine.stop()

    first, progress, last = reported
    assert first == "ONNX Runtime is needed for the first time: making .tools/onnx, 100 MB"
    assert progress == "Downloading onnxruntime (16.4MiB)"
    assert last.startswith("Made .tools/onnx in ")
    assert [event["message"] for event in logged][:3] == reported
