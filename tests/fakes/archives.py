"""Model archives made in memory, the same bytes every time."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterable, Mapping


def tar_of(members: Iterable[tuple[tarfile.TarInfo, bytes]], format_: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar of hand-made members; a member's size is its content's."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format_) as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def tar_of_files(files: Mapping[str, bytes]) -> bytes:
    """Return a tar of regular files."""
    return tar_of((tarfile.TarInfo(name), content) for name, content in files.items())


def gzipped(content: bytes, level: int = 0) -> bytes:
    """Return gzip data; stored by default, so that its ETag does not depend on the zlib at hand.

    Python 3.13's gzip.compress writes another header than the versions before it.
    """
    return zlib.compress(content, level, zlib.MAX_WBITS | 16)


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """Return a .tar.gz of regular files."""
    return gzipped(tar_of_files(files))


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a member's header that claims a size."""
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    """Return a link, symbolic unless said otherwise."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""
