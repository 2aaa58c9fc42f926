"""The requirements.txt beside a script, which the images install when a container starts.

Here it is installed for the one container, in front of its environment's packages, and only where something is
missing: a laptop may have no package index in reach, and what is there already needs none.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from slipway_local.hosting.environments import find_uv
from slipway_local.ports import HostingFailed

Log = Callable[[list[str]], None]
# An index that does not answer is given up after two tries of as many seconds.
PATIENCE = {"UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "1"}
WORDLESS = "the endpoint's log says more"
NOTHING_TO_DO = "Would make no changes"


def install_requirements(submit_directory: Path, python: str, target: Path, log: Log) -> Path | None:
    """Install what requirements.txt asks for and `python` has not, and return the folder that it is in.

    `log` gets what the installer says, as an endpoint's log shows what its container does. Return None where nothing
    is missing. Raises `HostingFailed` where something cannot be installed.
    """
    file = submit_directory / "requirements.txt"
    if not file.is_file():
        return None
    if _is_there(file, python):
        log(["requirements.txt: everything is there already"])
        return None
    log([f"requirements.txt: installing it for {submit_directory.name}/"])
    install = ("--target", str(target), "--python", python)
    done = _uv("pip", "install", *install, "-r", file.name, folder=submit_directory)
    lines = done.stdout.splitlines()
    log(lines)
    if done.returncode != 0:
        raise HostingFailed(_not_installed(lines))
    return target


def _is_there(file: Path, python: str) -> bool:
    looked = _uv("pip", "install", "--dry-run", "--offline", "--python", python, "-r", file.name, folder=file.parent)
    return looked.returncode == 0 and NOTHING_TO_DO in looked.stdout


def _uv(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        [find_uv(), "--no-config", *arguments],
        cwd=folder,
        env={**PATIENCE, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _not_installed(lines: Sequence[str]) -> str:
    """Say why, in the installer's own words: its first error, and what that comes from."""
    said = "; ".join(line.strip() for line in lines if line.strip().startswith(("error:", "Caused by:", "cause:")))
    return (
        "The local stack could not install the requirements.txt of this model, as the image does on AWS: "
        f"{said or WORDLESS}"
    )
