"""Unpacking a model archive as SageMaker does, by the reader that inspects archives before a deployment.

It runs in a process of its own, with limits, because an archive may be made to exhaust memory or disk:
`python -m slipway_local.hosting.archive <archive> <folder> <bytes>`.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from slipway.errors import SlipwayError
from slipway.preflight.gunzip import Gunzip
from slipway.preflight.storage import DEFAULT_VOLUME, GIB, MAX_VOLUME, SERVERLESS_DISK
from slipway.preflight.strict_tar import BROKEN_HEADER, Bounded, StrictTarInfo

DAMAGE = (
    SlipwayError,
    *BROKEN_HEADER,
    EOFError,  # the gzip is cut off
    FileExistsError,  # two members that cannot both be: a file, and a folder of the same name
    NotADirectoryError,
    IsADirectoryError,
)
CHUNK = 1 << 20
MAX_MEMORY = 1 << 30  # bytes of address space: it reads and writes in pieces
RESERVED_DISK = 1 << 30  # bytes that remain free on the laptop's disk
POLL = 0.05  # seconds


class ArchiveError(Exception):
    """The file is not a gzipped tar that SageMaker would extract; the message says where it fails."""


def volume_bytes(volume_size_in_gb: int | None, is_serverless: bool) -> int:
    """Return the size of the storage volume that an archive is unpacked to."""
    default = SERVERLESS_DISK if is_serverless else DEFAULT_VOLUME
    return min(volume_size_in_gb or default, MAX_VOLUME) * GIB


def unpack(archive: Path, folder: Path, go_on: Callable[[], object], volume: int = DEFAULT_VOLUME * GIB) -> None:
    """Extract a .tar.gz into `folder` in a process of its own, calling `go_on`, which may raise, all the while.

    Raises `ArchiveError`, also where more comes out than the volume, or the disk, has room for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    room = max(0, min(volume, shutil.disk_usage(folder).free - RESERVED_DISK))
    command = [sys.executable, "-m", "slipway_local.hosting.archive", str(archive), str(folder), str(room)]
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {"PATH": os.defpath, "PYTHONPATH": paths, "LANG": "C.UTF-8"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while True:
                go_on()
                with suppress(subprocess.TimeoutExpired):
                    _, said = process.communicate(timeout=POLL)
                    break
        finally:
            process.kill()
    if process.returncode != 0:
        raise ArchiveError(said.strip().rpartition("\n")[2] or f"The extraction ended with {process.returncode}.")


def extract(archive: IO[bytes], folder: Path, room: int) -> None:
    """Extract a .tar.gz that unpacks to at most `room` bytes. Raises one of `DAMAGE`, or `ArchiveError`.

    Members outside the folder, devices and links are refused: "SageMaker can't extract the data archive if
    the model artifact contains symbolic links", says
    https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail.
    """
    gunzip = Gunzip(archive, sys.maxsize, room)
    try:
        _extract_members(gunzip, folder)
    except BROKEN_HEADER:
        if not gunzip.is_cut:
            raise
    if gunzip.is_cut:
        raise ArchiveError(f"It unpacks to more than the {room / GIB:.1f} GiB that the storage volume has room for.")


def _extract_members(gunzip: Gunzip, folder: Path) -> None:
    with tarfile.open(fileobj=cast("IO[bytes]", Bounded(gunzip)), mode="r|", tarinfo=StrictTarInfo) as members:
        kept: Any = members
        for member in members:
            kept.members.clear()  # tarfile would keep them all
            members.extract(member, folder, filter=_plain_member)
    # tarfile stops at the tar's end mark; the gzip's checksum comes after it.
    while gunzip.read(CHUNK):
        continue


def _plain_member(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    if member.issym() or member.islnk():
        raise tarfile.FilterError(f"{member.name} is a link")
    return tarfile.data_filter(member, folder)


def main(archive: str, folder: str, room: str) -> None:
    """Extract within limits; what is wrong is the last line of stderr, and the exit code is 1."""
    with suppress(ValueError, OSError):  # macOS has no limit of the address space
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with Path(archive).open("rb") as file:
            extract(file, Path(folder), int(room))
    except (ArchiveError, MemoryError, *DAMAGE) as error:
        sys.exit(f"{error}" or type(error).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
