"""Read a tar's members one after the other, within bounds, and take no damage for the end."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Self, cast

from slipway.aws.s3 import Readable
from slipway.errors import ArtifactHeaderTooLarge

MAX_PATH = 4096  # PATH_MAX of Linux, which unpacks it (linux/limits.h)
MAX_HEADER = 1024 * 1024
MAX_CONTENT = 1024  # bytes
# What tarfile lets escape from headers that make no sense, in addition to its own errors.
BROKEN_HEADER = (tarfile.TarError, ArithmeticError, LookupError, ValueError, RecursionError)
# The two of tarfile's header errors that are no damage: a block of zeros, and no block at all.
ARCHIVE_ENDS = frozenset({"EOFHeaderError", "EmptyHeaderError"})


def members_of(source: Readable) -> Iterator[tuple[tarfile.TarInfo, Readable | None]]:
    """Yield the members of a tar that is read once, from its beginning, and the content of files up to 1 KiB.

    Raises one of `BROKEN_HEADER` for what is damaged, and `ArtifactHeaderTooLarge`.
    """
    with tarfile.open(fileobj=cast("IO[bytes]", Bounded(source)), mode="r|", tarinfo=StrictTarInfo) as archive:
        kept: Any = archive
        for member in archive:
            kept.members.clear()  # tarfile would keep them all
            yield member, archive.extractfile(member) if member.isreg() and member.size <= MAX_CONTENT else None


class StrictTarInfo(tarfile.TarInfo):
    """A member whose header is whole: tarfile takes a damaged one after the first for the end of the archive."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> Self:
        """Return the next member. Raises `ReadError` for a damaged header."""
        stream: Any = tarfile_.fileobj  # tarfile's own buffer, around what was given to it
        try:
            with stream.fileobj.within_a_header():
                member = super().fromtarfile(tarfile_)
        except tarfile.HeaderError as broken:
            if type(broken).__name__ in ARCHIVE_ENDS:
                raise
            raise tarfile.ReadError(str(broken)) from None
        if member.size < 0:
            raise tarfile.ReadError("negative size")
        return member


class Bounded:
    """A stream that has one end, and headers of one MiB at most.

    Skipping what a header claims, tarfile would read on after the end, up to 2**88 bytes; and it keeps long names,
    extended headers and maps of sparse files in memory whole, at up to twenty times their size.
    """

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._ended = False
        self._header_left: int | None = None

    @contextmanager
    def within_a_header(self) -> Iterator[None]:
        """Bound what is read until the header, with all the headers it consists of, has been read."""
        outermost = self._header_left is None
        if outermost:
            self._header_left = MAX_HEADER
        yield
        if outermost:
            self._header_left = None

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end.

        Raises `ReadError` when asked once more, and `ArtifactHeaderTooLarge`.
        """
        if self._ended:
            raise tarfile.ReadError("unexpected end of data")
        content = self._source.read(size)
        self._ended = not content
        if self._header_left is not None:
            self._header_left -= len(content)
            if self._header_left < 0:
                raise ArtifactHeaderTooLarge(
                    "A header in the archive is larger than 1 MiB: pack files whose paths have at most "
                    f"{MAX_PATH:,} characters, without extended attributes, with tar -czf model.tar.gz."
                )
        return content
