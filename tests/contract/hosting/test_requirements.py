"""The requirements.txt beside a script; the only index that is reached is a folder of the archive."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.contract.hosting.conftest import TOOLKIT, Start
from tests.unit.slipway_local.hosting.doubles import MemoryLogs

from slipway_local.ports import HostingFailed, Invocation

SCRIPT = """
import numpy
from nobodys_package import ANSWER
def model_fn(model_dir): return ANSWER
def predict_fn(data, model): return model
"""
NO_INDEX = "--no-index\n-f wheels\n"


def wheel() -> bytes:
    """Return nobodys-package 1.0."""
    info = "nobodys_package-1.0.dist-info"
    files = {
        "nobodys_package.py": "ANSWER = 42\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: nobodys-package\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw.getvalue()


def test_what_is_missing_is_installed_for_the_container(start: Start, logs: MemoryLogs) -> None:
    container = start(
        {
            "code/inference.py": SCRIPT,
            "code/requirements.txt": f"{NO_INDEX}nobodys-package==1.0\n",
            "code/wheels/nobodys_package-1.0-py3-none-any.whl": wheel(),
        },
        image=TOOLKIT,
    )

    assert container.invoke(Invocation(b"[]", "application/json")).body == b"42"
    assert " + nobodys-package==1.0" in logs.lines


def test_what_is_there_already_needs_no_index(start: Start, logs: MemoryLogs) -> None:
    script = "import numpy\ndef model_fn(model_dir): ...\n"

    start({"code/inference.py": script, "code/requirements.txt": "numpy\npsutil>=5.0\n"}, image=TOOLKIT)

    assert "requirements.txt: everything is there already" in logs.lines


@pytest.mark.parametrize(
    ("requirements", "reason"),
    [
        (f"{NO_INDEX}no-such-package==3\n", "no-such-package"),
        ("-i http://127.0.0.1:1/simple\nno-such-package==3\n", "127.0.0.1:1/simple"),
    ],
)
def test_what_cannot_be_installed_fails_by_name(start: Start, logs: MemoryLogs, requirements: str, reason: str) -> None:
    with pytest.raises(HostingFailed, match=r"could not install the requirements\.txt of this model") as failed:
        start({"code/inference.py": SCRIPT, "code/requirements.txt": requirements, "code/wheels/.keep": b""})

    assert reason in str(failed.value)
    assert any(reason in line for line in logs.lines)
