"""What a container logs where the machine cannot show its model at /opt/ml/model."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from slipway.failure.container_log import read_log
from slipway.failure.find_cause import find_cause
from slipway_local.containers import root
from slipway_local.containers.__main__ import see_own_files

SCRIPT = "def model_fn(model_dir):\n    return open('/opt/ml/model/weights.txt').read()\n"
FAILED = """Traceback (most recent call last):
  File "/tmp/ep-1/model/code/inference.py", line 2, in model_fn
    return open('/opt/ml/model/weights.txt').read()
FileNotFoundError: [Errno 2] No such file or directory: '/opt/ml/model/weights.txt'"""


def logged(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> str:
    code = folder / "model" / "code"
    code.mkdir(parents=True)
    (code / "inference.py").write_text(script)
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    monkeypatch.setenv(root.FOLDER, str(folder))
    monkeypatch.setattr(root, "mount", lambda _: False)  # as on macOS
    see_own_files()
    return errors.getvalue()


def test_a_script_that_names_the_folder_has_a_warning_and_its_failure_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warning = logged(tmp_path, monkeypatch, SCRIPT)

    assert "code/inference.py names" in warning
    found = find_cause(read_log([warning, FAILED]))
    assert found
    assert found.name == "ModelFolderNotMounted"
    on_aws = find_cause(read_log([FAILED]))
    assert on_aws
    assert on_aws.name == "ModelFilesMissing"


def test_a_script_that_takes_the_folder_it_gets_has_no_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert logged(tmp_path, monkeypatch, "def model_fn(model_dir): ...\n") == ""
