"""Splits an object into records, and records into the payloads of requests.

API, TransformInput.SplitType: "padding is removed if the value of BatchStrategy is set to SingleRecord. Padding is not
removed if the value of BatchStrategy is set to MultiRecord."
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

RECORDIO_MAGIC = 0xCED7230A
RECORDIO_HEAD = struct.Struct("<II")
RECORDIO_FLAG = 29  # the bits above the length: of a whole record, or of the first, a middle or the last part of one
WHOLE, LAST = 0, 3
TFRECORD_LENGTH = struct.Struct("<Q")
CHECKSUM = 4  # bytes of a TFRecord's checksums: one after the length, one after the data


class NotSplit(Exception):
    """The object is not of the format that SplitType names."""


class PayloadTooLarge(Exception):
    """One record is larger than MaxPayloadInMB."""


class Record(NamedTuple):
    """One record: its bytes in the object, and its data without framing."""

    framed: bytes
    data: bytes


def split(content: bytes, split_type: str) -> list[Record]:
    """Return the records of an object. Raises `NotSplit`."""
    return [] if not content else list(_SPLITTERS[split_type](content))


def payloads(records: Iterable[Record], *, single: bool, max_bytes: int | None) -> Iterator[list[Record]]:
    """Yield the records of each request: one, or as many as fit. Raises `PayloadTooLarge`."""
    batch: list[Record] = []
    size = 0
    for record in records:
        length = len(record.data if single else record.framed)
        if max_bytes is not None and length > max_bytes:
            raise PayloadTooLarge
        if batch and (single or (max_bytes is not None and size + length > max_bytes)):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    if batch:
        yield batch


def _whole(content: bytes) -> Iterator[Record]:
    yield Record(content, content)


def _lines(content: bytes) -> Iterator[Record]:
    # Not splitlines, for which other characters end a line too.
    for line in content.split(b"\n")[:-1]:
        yield Record(line + b"\n", line.removesuffix(b"\r"))
    last = content.rpartition(b"\n")[2]
    if last:
        yield Record(last, last)


def _recordio(content: bytes) -> Iterator[Record]:
    """Yield the records. dmlc-core, recordio.h: a record that has the magic number in it is cut there into parts."""
    begin = start = 0
    parts = []
    while start < len(content):
        head = content[start : start + RECORDIO_HEAD.size]
        if len(head) < RECORDIO_HEAD.size or RECORDIO_HEAD.unpack(head)[0] != RECORDIO_MAGIC:
            raise NotSplit
        flag, length = divmod(RECORDIO_HEAD.unpack(head)[1], 1 << RECORDIO_FLAG)
        first = start + RECORDIO_HEAD.size
        end = first + length + -length % 4
        parts.append(_framed(content, start, first, first + length, end).data)
        start = end
        if flag in (WHOLE, LAST):
            yield Record(content[begin:end], struct.pack("<I", RECORDIO_MAGIC).join(parts))
            begin, parts = end, []
    if parts:
        raise NotSplit


def _tfrecord(content: bytes) -> Iterator[Record]:
    start = 0
    while start < len(content):
        if len(content) < start + TFRECORD_LENGTH.size:
            raise NotSplit
        length = TFRECORD_LENGTH.unpack_from(content, start)[0]
        first = start + TFRECORD_LENGTH.size + CHECKSUM
        end = first + length + CHECKSUM
        yield _framed(content, start, first, first + length, end)
        start = end


def _framed(content: bytes, start: int, first: int, last: int, end: int) -> Record:
    if end > len(content):
        raise NotSplit
    return Record(content[start:end], content[first:last])


_SPLITTERS: dict[str, Callable[[bytes], Iterator[Record]]] = {
    "None": _whole,
    "Line": _lines,
    "RecordIO": _recordio,
    "TFRecord": _tfrecord,
}
