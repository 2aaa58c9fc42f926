"""RecordIO-wrapped protobuf, as SageMaker's algorithms read and write it.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html has the messages (`Record`, `Value` and its tensors).
A record is a magic number, its length, and its bytes, padded to four.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse import vstack as sparse_vstack

MAGIC = 0xCED7230A
FEATURES, LABEL = 1, 2  # fields of Record
KEY, VALUE = 1, 2  # fields of an entry of its maps
TENSORS = {2: "<f4", 3: "<f8", 7: "int32"}  # fields of Value
VALUES, KEYS, SHAPE = 1, 2, 3  # fields of a tensor
EIGHT_BYTES, LENGTH, FOUR_BYTES = 1, 2, 5  # wire types
HEAD = 8  # the bytes of the magic number and the length
MORE, SEVEN_BITS = 0x80, 0x7F  # of a byte of a varint


def read(buffer: bytes) -> Any:
    """Return the features of the records in rows, dense or sparse as they are. Raises ValueError."""
    rows = [_features(record) for record in _records(buffer)]
    if not rows:
        raise ValueError("There is no record")
    return sparse_vstack(rows).tocsr() if isinstance(rows[0], csr_matrix) else np.vstack(rows)


def frame(record: bytes) -> bytes:
    """Return one record as RecordIO."""
    return struct.pack("<II", MAGIC, len(record)) + record + b"\x00" * (-len(record) % 4)


def label(key: str, values: Iterable[float]) -> bytes:
    """Return an entry of Record's label with 32-bit floats."""
    numbers = np.asarray(list(values), dtype="<f4").tobytes()
    value = _field(2, _field(VALUES, numbers))
    return _field(LABEL, _field(KEY, key.encode()) + _field(VALUE, value))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | LENGTH) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > SEVEN_BITS:
        encoded.append(number & SEVEN_BITS | MORE)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _records(buffer: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(buffer):
        if len(buffer) - offset < HEAD:
            raise ValueError("The last record is cut off")
        magic, length = struct.unpack_from("<II", buffer, offset)
        if magic != MAGIC or offset + HEAD + length > len(buffer):
            raise ValueError("The payload is no RecordIO")
        yield buffer[offset + HEAD : offset + HEAD + length]
        offset += HEAD + length + (-length % 4)


def _features(record: bytes) -> Any:
    for number, entry in _fields(record):
        if number == FEATURES:
            parts = dict(_fields(entry))
            if parts.get(KEY) == b"values":
                return _tensor(parts[VALUE])
    raise ValueError("A record has no values")


def _tensor(value: bytes) -> Any:
    [(kind, tensor)] = list(_fields(value))[:1]
    values, keys, shape = b"", b"", b""
    for number, content in _fields(tensor):
        values += content if number == VALUES else b""
        keys += content if number == KEYS else b""
        shape += content if number == SHAPE else b""
    numbers = np.array(list(_varints(values))) if TENSORS[kind] == "int32" else np.frombuffer(values, TENSORS[kind])
    if not shape and not keys:
        return numbers.reshape(1, -1)
    columns = list(_varints(keys))
    return csr_matrix((numbers, ([0] * len(columns), columns)), shape=(1, next(_varints(shape))))


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset < len(message):
        tag, offset = _read_varint(message, offset)
        kind = tag & 7
        if kind == LENGTH:
            length, offset = _read_varint(message, offset)
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            length = 8 if kind == EIGHT_BYTES else 4
        else:
            start = offset
            _, offset = _read_varint(message, offset)
            yield tag >> 3, message[start:offset]
            continue
        yield tag >> 3, message[offset : offset + length]
        offset += length


def _varints(packed: bytes) -> Iterator[int]:
    offset = 0
    while offset < len(packed):
        number, offset = _read_varint(packed, offset)
        yield number


def _read_varint(buffer: bytes, offset: int) -> tuple[int, int]:
    number, shift = 0, 0
    while True:
        if offset >= len(buffer):
            raise ValueError("The message is cut off")
        byte = buffer[offset]
        number |= (byte & SEVEN_BITS) << shift
        offset, shift = offset + 1, shift + 7
        if byte < MORE:
            return number, offset
