"""Unpacking a model archive as SageMaker does, and no more than that."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

DAMAGE = (
    EOFError,  # the gzip is cut off
    gzip.BadGzipFile,
    zlib.error,
    tarfile.TarError,
    ValueError,  # a number or a name in a header that does not decode
    FileExistsError,  # two members that cannot both be: a file, and a folder of the same name
    NotADirectoryError,
    IsADirectoryError,
)
CHUNK = 1 << 20


class ArchiveError(Exception):
    """The file is not a gzipped tar that SageMaker would extract; the message says where it fails."""


def unpack(archive: Path, folder: Path, go_on: Callable[[], object] = lambda: None) -> None:
    """Extract a .tar.gz into `folder`, calling `go_on`, which may raise, all the while. Raises `ArchiveError`.

    Members outside the folder, devices and links are refused: "SageMaker can't extract the data archive if
    the model artifact contains symbolic links", says
    https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open("rb") as file, gzip.open(_Watched(file, go_on)) as stream:
            with tarfile.open(fileobj=stream, mode="r:") as members:
                members.extractall(folder, filter=_plain_member)  # noqa: S202 - filtered
            # tarfile stops at the tar's end mark; the gzip's checksum comes after it.
            while stream.read(CHUNK):
                continue
    except DAMAGE as error:
        raise ArchiveError(str(error) or type(error).__name__) from error


class _Watched:
    """A file that asks before every read whether to go on."""

    def __init__(self, file: BinaryIO, go_on: Callable[[], object]) -> None:
        self._file = file
        self._go_on = go_on

    def read(self, size: int = -1) -> bytes:
        self._go_on()
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _plain_member(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    if member.issym() or member.islnk():
        raise tarfile.FilterError(f"{member.name} is a link")
    return tarfile.data_filter(member, folder)
