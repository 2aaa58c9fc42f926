"""Decompress a stream within bounds."""

from __future__ import annotations

import zlib

from slipway.aws.s3 import Readable
from slipway.errors import ArtifactEmpty, ArtifactNotGzip, ArtifactTruncated

MAGIC = b"\x1f\x8b"
CHUNK = 256 * 1024
GZIP_FORMAT = 31  # zlib's wbits for a gzip header and trailer


class Gunzip:
    """A gzip stream read through `read`, at most `compressed` bytes in and `unpacked` bytes out.

    Raises `ArtifactEmpty`, `ArtifactNotGzip` or `ArtifactTruncated`. At either bound it ends, and `is_cut` is true.
    """

    def __init__(self, source: Readable, compressed: int, unpacked: int) -> None:
        self._source = source
        self._compressed_left = compressed
        self._unpacked_left = unpacked
        self._inflate = zlib.decompressobj(GZIP_FORMAT)
        self._pending = b""
        self._started = False
        self.is_cut = False
        self.members = 1  # gzip members begun; a file of one says its unpacked size in its last four bytes

    def read(self, size: int) -> bytes:
        """Return at most `size` unpacked bytes, none at the end."""
        while not self.is_cut and (self._pending or self._fill()):
            if unpacked := self._unpack(size):
                return unpacked
        return b""

    def _unpack(self, size: int) -> bytes:
        if self._unpacked_left <= 0:
            self.is_cut = True
            return b""
        try:
            unpacked = self._inflate.decompress(self._pending, min(size, self._unpacked_left))
        except zlib.error as broken:
            raise ArtifactTruncated(
                f"The archive's gzip data is damaged ({broken}): make it again and upload it."
            ) from None
        # At a member's end, zlib may leave in unconsumed_tail what it has put into unused_data already.
        self._pending = self._next_member() if self._inflate.eof else self._inflate.unconsumed_tail
        self._unpacked_left -= len(unpacked)
        return unpacked

    def _next_member(self) -> bytes:
        # A gzip file may be several members one after the other; zeros between and after them are padding.
        rest = self._inflate.unused_data.lstrip(b"\0")
        if rest:
            self._begin_member()
        return rest

    def _begin_member(self) -> None:
        self._inflate = zlib.decompressobj(GZIP_FORMAT)
        self.members += 1

    def _fill(self) -> bool:
        if self._compressed_left <= 0:
            self.is_cut = True
            return False
        self._pending = self._source.read(min(CHUNK, self._compressed_left))
        self._compressed_left -= len(self._pending)
        if not self._started:
            self._check_magic()
        while self._pending and self._inflate.eof:
            self._start_next_member()
        if not self._pending and not self._inflate.eof:
            raise ArtifactTruncated("The archive ends in the middle of its gzip data: upload the whole file again.")
        return bool(self._pending)

    def _start_next_member(self) -> None:
        self._pending = self._pending.lstrip(b"\0")
        if self._pending:
            self._begin_member()
        else:
            self._pending = self._source.read(min(CHUNK, self._compressed_left))
            self._compressed_left -= len(self._pending)

    def _check_magic(self) -> None:
        self._started = True
        if not self._pending:
            raise ArtifactEmpty("The archive is empty (0 bytes): upload a .tar.gz of the model's files.")
        if not MAGIC.startswith(self._pending[: len(MAGIC)]):
            raise ArtifactNotGzip(
                f"The archive is not gzip-compressed (it begins with {self._pending[:4]!r}): "
                "make it with tar -czf model.tar.gz -C <model directory> ."
            )
