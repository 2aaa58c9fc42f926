"""Python environments of images' own, in the project's .tools, made the first time a model needs one.

They are the same as make's: what `requirements/<name>.txt` pins, in `.tools/<name>`, with the same `.done` file, so
that each finds what the other has made.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slipway_local.ports import HostingFailed

PROJECT = Path(__file__).parents[3]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Kind:
    """What an environment brings, and how much of a disk it takes (measured in 2026-11 on Linux, x86-64)."""

    brings: str
    size: str
    on_request: bool = False  # too large to be made without being asked for


KINDS = {
    "mxnet": Kind("MXNet 1.9", "260 MB"),
    "onnx": Kind("ONNX Runtime", "100 MB"),
    "pytorch": Kind("PyTorch with the CUDA libraries it asks for", "5.3 GB", on_request=True),
    "xgboost": Kind("XGBoost for CPUs", "190 MB"),
}


class Environments:
    """The environments of a project; `report` gets the progress of each build, as the caller does."""

    def __init__(self, project: Path = PROJECT, report: Report = lambda _: None) -> None:
        self._project = project
        self._report = report

    def python(self, name: str, log: Callable[[list[str]], None]) -> str:
        """Return the interpreter of an environment; it is made where it is missing or older than its pins.

        `log` gets the lines of the installer, as an endpoint's log shows what its container does. Raises
        `HostingFailed` where it cannot be made, or is too large to be made unasked.
        """
        folder = self._project / ".tools" / name
        interpreter = folder / "bin" / "python"
        if not self._is_there(name):
            if KINDS[name].on_request:
                raise HostingFailed(_too_large(name))
            with _locked(folder.with_suffix(".lock")):
                if not self._is_there(name):  # another model's container may have made it meanwhile
                    self._make(name, folder, log)
        return str(interpreter)

    def _is_there(self, name: str) -> bool:
        done = self._project / ".tools" / name / ".done"
        return done.is_file() and done.stat().st_mtime >= self._pins(name).stat().st_mtime

    def _pins(self, name: str) -> Path:
        return self._project / "requirements" / f"{name}.txt"

    def _make(self, name: str, folder: Path, log: Callable[[list[str]], None]) -> None:
        kind, started = KINDS[name], time.monotonic()

        def report(line: str) -> None:
            log([line])
            self._report(line)

        report(f"{kind.brings} is needed for the first time: making .tools/{name}, {kind.size}")
        uv = [find_uv(self._project), "--no-config"]
        pins = str(self._pins(name))
        self._run(name, [*uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)], report)
        self._run(name, [*uv, "pip", "install", "--python", str(folder / "bin" / "python"), "-r", pins], report)
        (folder / ".done").touch()
        report(f"Made .tools/{name} in {time.monotonic() - started:.0f} s")

    def _run(self, name: str, command: list[str], report: Report) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
        last = ""
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                # The list of packages is in requirements/<name>.txt; what takes the time is downloading.
                if (last := line.strip()) and not last.startswith(("+", "~", "-")):
                    report(last)
        if process.returncode != 0:
            raise HostingFailed(f"The environment .tools/{name}, which this image needs, could not be made: {last}")


def find_uv(project: Path = PROJECT) -> str:
    """Return the installer, make's or another one. Raises `HostingFailed` where there is none."""
    own = project / ".tools" / "uv" / "bin"
    found = shutil.which("uv", path=os.pathsep.join([str(own), os.environ.get("PATH", os.defpath)]))
    if found is None:
        raise HostingFailed("There is no uv to install the model's packages with: run `make setup` and deploy again.")
    return found


def _too_large(name: str) -> str:
    kind = KINDS[name]
    return (
        f"This image needs {kind.brings}, {kind.size} on the disk, which the local stack does not install unasked: "
        f"run `make {name}` and deploy again."
    )


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
