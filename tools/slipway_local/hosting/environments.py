"""Python environments of images, made the first time a model needs one and shared by all stacks of this machine.

An image's version is described by `requirements/images/<name>.txt`: its packages, and in comments what it brings, its
size on the disk (measured in 2026-11 on Linux, x86-64), its Python and the source of all this. The environment is in
the cache folder, under the name and a digest of the packages and the Python.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
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
CACHE = "SLIPWAY_CACHE"  # a variable of the user's: where the environments are, ~/.cache/slipway by default
COMMENT = re.compile(r"^# ([a-z ]+): (.+)$", re.MULTILINE)
Report = Callable[[str], None]
# sagemaker-containers is published as source with one C extension, gethostname, for distributed training: compiling it
# with `true` leaves it out, and no compiler is needed. `containers/images` has a module of that name.
NO_COMPILER = {"CC": "true", "CXX": "true", "LDSHARED": "true"}
OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
ONLY_WHEELS = ("--only-binary", ":all:")


class EnvironmentNotMade(HostingFailed):
    """An image's packages could not be installed on this machine."""


@dataclass(frozen=True)
class Description:
    """What `requirements/images/<name>.txt` says. `pythons` is empty where any will do.

    `tag` is the part of an image's tag that says that it has these packages, where the name does not say it.
    """

    name: str
    file: Path
    brings: str
    size: str
    pythons: list[str]
    tag: str | None
    on_request: bool  # too large to be made without being asked for
    wheels: list[str]
    alone: list[str]  # packages that are installed without their dependencies
    digest: str


class Environments:
    """The environments of a project; `report` gets the progress of each build, as the endpoint's log does."""

    def __init__(self, project: Path = PROJECT, report: Report = lambda _: None) -> None:
        self._project = project
        self._report = report

    def has(self, name: str) -> bool:
        """Say whether an image's version is described."""
        return self._file(name).is_file()

    def is_made(self, name: str) -> bool:
        """Say whether an environment is there."""
        return (self._folder(self.describe(name)) / ".done").is_file()

    def python(self, name: str, log: Callable[[list[str]], None], *, requested: bool = False) -> str:
        """Return the interpreter of an environment; it is made where it is missing.

        `log` gets the lines of the installer, as an endpoint's log shows what its container does. Raises
        `HostingFailed` where it is too large to be made unless `requested`, `EnvironmentNotMade` where it cannot be.
        """
        description = self.describe(name)
        folder = self._folder(description)
        if not (folder / ".done").is_file():
            if description.on_request and not requested:
                raise HostingFailed(_too_large(description))
            with _locked(folder.with_name(f"{folder.name}.lock")):
                if not (folder / ".done").is_file():  # another model's container may have made it meanwhile
                    self._make(description, folder, log)
        return str(folder / "bin" / "python")

    def describe(self, name: str) -> Description:
        """Return what is known of an environment."""
        content = self._file(name).read_text(encoding="utf-8")
        said = dict(COMMENT.findall(content))
        wheels, alone = _packages(content)
        pythons = said["python"].split(" or ") if "python" in said else []
        parts = (wheels, alone, _suitable(pythons) or sys.version, sys.platform)
        digest = hashlib.sha256(repr(parts).encode())
        return Description(
            name=name,
            file=self._file(name),
            brings=said["brings"],
            size=said["size"],
            pythons=pythons,
            tag=said.get("tag"),
            on_request="on request" in said,
            wheels=wheels,
            alone=alone,
            digest=digest.hexdigest()[:12],
        )

    def names(self) -> list[str]:
        """Return all that are described."""
        return sorted(file.stem for file in (self._project / "requirements" / "images").glob("*.txt"))

    def _file(self, name: str) -> Path:
        return self._project / "requirements" / "images" / f"{name}.txt"

    def _folder(self, description: Description) -> Path:
        return cache_folder() / "environments" / f"{description.name}-{description.digest}"

    def _make(self, description: Description, folder: Path, log: Callable[[list[str]], None]) -> None:
        started = time.monotonic()

        def report(line: str) -> None:
            log([line])
            self._report(line)

        report(f"{description.brings} is needed for the first time: making its environment, {description.size}")
        uv = [find_uv(self._project), "--no-config"]
        python = interpreter(_suitable(description.pythons))
        venv = ["venv", "--quiet", "--no-project", "--clear", "--python", python]
        self._run(description, [*uv, *venv, str(folder)], report)
        install = [*uv, "pip", "install", "--python", str(folder / "bin" / "python")]
        self._run(description, [*install, *ONLY_WHEELS, "-r", "-"], report, given="\n".join(description.wheels))
        if description.alone:
            self._run(description, [*install, "--no-deps", *description.alone], report)
        (folder / ".done").touch()
        report(f"Made it in {time.monotonic() - started:.0f} s: {folder}")

    def _run(self, description: Description, command: list[str], report: Report, given: str = "") -> None:
        own = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
        last = ""
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**own, **NO_COMPILER},
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(given)
            process.stdin.close()
            for line in process.stdout:
                # The list of packages is in the file; what takes the time is downloading.
                if (last := line.strip()) and not last.startswith(("+", "~", "-")):
                    report(last)
        if process.returncode != 0:
            raise EnvironmentNotMade(
                f"The environment of {description.brings}, which this image needs, could not be made: {last}"
            )


# What asks for half of the training images' packages and serves without them, or is published as source only.
ALONE = ("sagemaker-", "multi-model-server", "torchserve", "inotify_simple", "retrying")


def _packages(content: str) -> tuple[list[str], list[str]]:
    lines = [line.partition("#")[0].strip() for line in content.splitlines()]
    return (
        [line for line in lines if line and not line.startswith(ALONE)],
        [line for line in lines if line.startswith(ALONE)],
    )


def cache_folder() -> Path:
    """Return the folder that all stacks of this user share."""
    named = os.environ.get(CACHE)
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slipway"


def _suitable(pythons: list[str]) -> str | None:
    # This machine's, where it is one of them: nothing has to be downloaded then.
    return OWN_VERSION if OWN_VERSION in pythons else pythons[-1] if pythons else None


def interpreter(version: str | None) -> str:
    """Return what uv is asked for: this Python, one that pyenv has, or a version that uv finds or downloads."""
    if version in (None, OWN_VERSION):
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = sorted(pyenv.glob(f"{version}.*/bin/python"), key=lambda path: _number(path.parts[-3]))
    return str(found[-1]) if found else version


def _number(version: str) -> int:
    digits = version.rpartition(".")[2]
    return int(digits) if digits.isdecimal() else -1


def find_uv(project: Path = PROJECT) -> str:
    """Return the installer, make's or another one. Raises `HostingFailed` where there is none."""
    own = project / ".tools" / "uv" / "bin"
    found = shutil.which("uv", path=os.pathsep.join([str(own), os.environ.get("PATH", os.defpath)]))
    if found is None:
        raise HostingFailed("There is no uv to install the model's packages with: run `make setup` and deploy again.")
    return found


def _too_large(description: Description) -> str:
    return (
        f"This image needs {description.brings}, {description.size} on the disk, which the local stack does not "
        f"install unasked: run `make {description.name}` and deploy again."
    )


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        Environments(report=_write).python(wanted, lambda _: None, requested=True)
