"""Objects into records, records into payloads."""

from __future__ import annotations

import struct

import pytest

from slipway_local.transform.records import NotSplit, PayloadTooLarge, payloads, split


def recordio(*records: bytes) -> bytes:
    """Return RecordIO as MXNet writes it (dmlc-core, include/dmlc/recordio.h): magic, length, data padded to four."""
    return b"".join(struct.pack("<II", 0xCED7230A, len(one)) + one + b"\0" * (-len(one) % 4) for one in records)


def tfrecord(*records: bytes) -> bytes:
    """Return TFRecord (tensorflow.org, "TFRecord and tf.train.Example"): length, its checksum, data, its checksum."""
    return b"".join(struct.pack("<QI", len(one), 7) + one + struct.pack("<I", 9) for one in records)


def sizes(content: bytes, split_type: str, *, single: bool = False, max_bytes: int | None = None) -> list[int]:
    return [len(batch) for batch in payloads(split(content, split_type), single=single, max_bytes=max_bytes)]


def test_lines_keep_what_separates_them() -> None:
    content = b"a\r\nb\x0bc\n\nd"
    records = split(content, "Line")
    assert [record.framed for record in records] == [b"a\r\n", b"b\x0bc\n", b"\n", b"d"]
    assert [record.data for record in records] == [b"a", b"b\x0bc", b"", b"d"]


@pytest.mark.parametrize(("split_type", "frame"), [("RecordIO", recordio), ("TFRecord", tfrecord)])
def test_binary_records_are_split_with_and_without_their_framing(split_type: str, frame: object) -> None:
    data = [b"abcde", b"", b"xyz" * 50]
    content = frame(*data)  # type: ignore[operator]
    records = split(content, split_type)
    assert [record.data for record in records] == data
    assert b"".join(record.framed for record in records) == content


@pytest.mark.parametrize(("split_type", "frame"), [("RecordIO", recordio), ("TFRecord", tfrecord)])
def test_an_object_of_another_format_is_refused(split_type: str, frame: object) -> None:
    with pytest.raises(NotSplit):
        split(frame(b"abcde")[:-1], split_type)  # type: ignore[operator]
    with pytest.raises(NotSplit):
        split(b"no records", split_type)


def test_a_record_with_the_magic_number_in_it_is_in_parts() -> None:
    # dmlc-core, src/recordio.cc, WriteRecord: cut at the magic number, which is left out, with the flags 1, 2 and 3.
    magic = struct.pack("<I", 0xCED7230A)

    def part(flag: int, data: bytes) -> bytes:
        return struct.pack("<II", 0xCED7230A, flag << 29 | len(data)) + data

    content = part(1, b"abcd") + part(2, b"") + part(3, b"efgh")
    (one, two) = split(content + recordio(b"xy"), "RecordIO")
    assert (one.framed, one.data) == (content, b"abcd" + magic + magic + b"efgh")
    assert two.data == b"xy"
    with pytest.raises(NotSplit):
        split(part(1, b"abcd"), "RecordIO")


def test_an_empty_object_has_no_records() -> None:
    assert [split(b"", kind) for kind in ("None", "Line", "RecordIO", "TFRecord")] == [[], [], [], []]


def test_a_payload_has_as_many_records_as_fit() -> None:
    content = b"1234\n" * 7
    assert sizes(content, "Line", max_bytes=15) == [3, 3, 1]
    assert sizes(content, "Line", max_bytes=14) == [2, 2, 2, 1]
    assert sizes(content, "Line", single=True, max_bytes=100) == [1] * 7
    assert sizes(content, "None", max_bytes=35) == [1]


@pytest.mark.parametrize("split_type", ["None", "Line"])
def test_a_record_larger_than_a_payload_is_refused(split_type: str) -> None:
    with pytest.raises(PayloadTooLarge):
        sizes(b"1234567890\n", split_type, max_bytes=10)
