"""The requirements.txt beside a script, which the images install when a container starts.

Here it is installed for the one container, in front of its environment's packages, and only where something is
missing: a laptop may have no package index in reach, and what is there already needs none.

The installer has the container's home, folder and limits, none of the user's variables but those of the network, and
a deadline. It installs wheels only, because building a source distribution runs code of the uploader's choice; the
user of the laptop allows that with SLIPWAY_LOCAL_BUILDS=allowed.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from slipway_local.hosting.environments import find_uv
from slipway_local.hosting.limits import limit_resources
from slipway_local.ports import HostingFailed

Log = Callable[[list[str]], None]
# An index that does not answer is given up after two tries of as many seconds.
INDEX_TIMEOUT = {"UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "1"}
DEADLINE = 600.0  # seconds
ALLOW_BUILDS = "SLIPWAY_LOCAL_BUILDS"
# How the laptop reaches a package index.
NETWORK = (
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_NATIVE_TLS",
)  # fmt: skip
NO_REASON = "see the endpoint's log"
NOTHING_TO_DO = "Would make no changes"
# A line that names another file or folder: an option with a path, or a path or file: URL in place of a package.
NAMES_A_PATH = re.compile(
    r"^\s*(?:(?P<nested>-r|--requirement|-c|--constraint)[\s=]*|(?:-e|--editable|-f|--find-links)[\s=]*|(?=[./~])"
    r"|(?:.*@\s*)?(?=file:))(?:file:(?://)?)?(?P<path>[^\s;]+)"
)
EDITABLE = re.compile(r"\s*(?:-e|--editable)")
URL = re.compile(r"[a-z+]+://", re.IGNORECASE)


@dataclass(frozen=True)
class Installer:
    """uv as a container may run it, in a container's folder; `seconds` is all that one call may take."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    seconds: float = DEADLINE

    def run(self, *arguments: str, within: Path) -> tuple[int, str]:
        """Return uv's exit code and what it wrote. Raises `HostingFailed` when its time is up."""
        process = subprocess.Popen(
            [find_uv(), "--no-config", *arguments, *(() if self.builds else ("--only-binary", ":all:"))],
            cwd=within,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        with process:
            limit_resources(process.pid)
            try:
                output, _ = process.communicate(timeout=self.seconds)
            except subprocess.TimeoutExpired:
                raise _failed(f"it took longer than {self.seconds:g} seconds") from None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        return process.returncode, output

    @property
    def builds(self) -> bool:
        """Say whether source distributions may be built, which runs code of the uploader's choice."""
        return self.environment.get(ALLOW_BUILDS) == "allowed"

    def _variables(self) -> dict[str, str]:
        return {
            **INDEX_TIMEOUT,
            **{name: self.environment[name] for name in NETWORK if name in self.environment},
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "UV_CACHE_DIR": str(self.folder.parent / "uv-cache"),  # shared by the engine's containers
        }


def install_requirements(submit_directory: Path, python: str, target: Path, log: Log) -> Path | None:
    """Install what requirements.txt asks for and `python` has not, and return the folder that it is in.

    `log` gets what the installer says, as an endpoint's log shows what its container does. Return None where nothing
    is missing. Raises `HostingFailed` where something cannot be installed.
    """
    file = submit_directory / "requirements.txt"
    if not file.is_file():
        return None
    installer = Installer(target.parent)
    check_paths(file, builds=installer.builds)
    if _is_there(installer, file, python):
        log(["requirements.txt: everything is there already"])
        return None
    log([f"requirements.txt: installing it for {submit_directory.name}/"])
    install = ("pip", "install", "--target", str(target), "--python", python)
    code, output = installer.run(*install, "-r", file.name, within=submit_directory)
    lines = output.splitlines()
    log(lines)
    if code != 0:
        raise _failed(_reason(lines))
    return target


def check_paths(file: Path, *, builds: bool = False) -> None:
    """Raise `HostingFailed` for a line that names a file outside the folder, or one that is always built (-e)."""
    folder, unread, read = file.parent.resolve(), [file.resolve()], set()
    while unread:
        read.add(each := unread.pop())
        text = each.read_text(encoding="utf-8", errors="replace") if each.is_file() else ""
        for line in text.replace("\\\n", "").splitlines():
            if EDITABLE.match(line) and not builds:
                raise _failed(f"{each.name} has an editable requirement, which is built here; pack a wheel beside it")
            found = NAMES_A_PATH.match(line)
            if found is None or URL.match(found["path"]):
                continue
            path = (each.parent / found["path"]).resolve()
            if not path.is_relative_to(folder):
                raise _failed(f"{each.name} names a file outside its folder; name packages, or files beside it")
            if found["nested"] and path not in read:
                unread.append(path)


def _is_there(installer: Installer, file: Path, python: str) -> bool:
    look = ("pip", "install", "--dry-run", "--offline", "--python", python, "-r", file.name)
    code, output = installer.run(*look, within=file.parent)
    return code == 0 and NOTHING_TO_DO in output


def _reason(lines: Sequence[str]) -> str:
    """Say why, in the installer's own words: its first error, and what that comes from."""
    said = "; ".join(line.strip() for line in lines if line.strip().startswith(("error:", "Caused by:", "cause:")))
    return said or NO_REASON


def _failed(reason: str) -> HostingFailed:
    return HostingFailed(
        f"The local stack could not install the requirements.txt of this model, as the image does on AWS: {reason}"
    )
