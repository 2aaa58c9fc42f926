"""Read which scikit-learn saved a model, and say when the image has another, without unpickling: that runs code.

"While models saved using one version of scikit-learn might load in other versions, this is entirely unsupported and
inadvisable" (scikit-learn user guide, "Model persistence"). Estimators keep the version as `_sklearn_version`, the last
entry of their state (sklearn/base.py, `__getstate__`).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path
from pickletools import genops
from typing import Any

from slipway.images import resolve_image
from slipway.images.tables import load_table

FRAMEWORK = "sklearn"
ANY_REGION = "us-east-1"  # the versions are the same in all
KEY = b"_sklearn_version"
HEADS = (2, 5, 1)  # bytes before the key: SHORT_BINUNICODE or SHORT_BINSTRING, BINUNICODE, UNICODE
AFTER = 64  # bytes that the version and its place in the memo are in
CHUNK = 1024 * 1024
MAX_UNPACKED = 256 * CHUNK  # bytes, of a compressed file
# joblib's compressed files begin as those of the compressors. LZ4 is not in the standard library: no version is found.
COMPRESSORS: dict[bytes, Callable[[BufferedReader], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
    b"]\x00": lzma.open,
}
ZLIB = b"x"
MEMO = {"MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"}
DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError)


def version_warnings(archive: Path, framework_version: str = "") -> list[str]:
    """Return a sentence for each model in an archive that another scikit-learn saved than its image has.

    The image is that of the framework's version, or of the newest. Patch releases are not compared.
    """
    version = framework_version or resolve_image(FRAMEWORK, ANY_REGION).version
    return [
        f"{name} was saved with scikit-learn {saved}, and the image sklearn {version} has scikit-learn "
        f"{_minor(version)}: the model may fail to load or predict differently. {_remedy(saved, version)}"
        for name, saved in saved_with(archive)
        if _minor(saved) != _minor(version)
    ]


def saved_with(archive: Path) -> list[tuple[str, str]]:
    """Return the files of a .tar.gz archive that hold estimators, each with the scikit-learn that saved it."""
    found = []
    with tarfile.open(archive, mode="r|gz") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if isinstance(content, BufferedReader) and (version := version_in(content)):
                found.append((member.name.removeprefix("./"), version))
    return found


def version_in(file: BufferedReader) -> str | None:
    """Return the first `_sklearn_version` in a file of pickle or joblib, None if there is none.

    joblib stores the bytes of arrays between the opcodes, so that they cannot be read from the beginning on: those at
    each occurrence of the key are read.
    """
    kept = b""
    try:
        for chunk in islice(_chunks(file), MAX_UNPACKED // CHUNK):
            kept += chunk
            at = kept.find(KEY)
            while 0 <= at <= len(kept) - len(KEY) - AFTER:
                if version := _version_at(kept, at):
                    return version
                at = kept.find(KEY, at + 1)
            kept = kept[max(at - max(HEADS), 0) :] if at >= 0 else kept[-len(KEY) - max(HEADS) :]
    except DAMAGED:
        return None
    at = kept.find(KEY)
    return _version_at(kept, at) if at >= 0 else None


def _version_at(data: bytes, at: int) -> str | None:
    for head in HEADS:
        opcodes = genops(data[max(at - head, 0) : at + len(KEY) + AFTER])
        try:
            _, key, _ = next(opcodes)
            if key != KEY.decode():
                continue
            value = next(value for opcode, value, _ in opcodes if opcode.name not in MEMO)
        except (ValueError, StopIteration):
            continue
        if isinstance(value, str) and value[:1].isdigit():
            return value
    return None


def _chunks(file: BufferedReader) -> Iterator[bytes]:
    begins = file.peek(8)
    if begins.startswith(ZLIB):
        yield from _inflated(file)
        return
    opened = next((opened for magic, opened in COMPRESSORS.items() if begins.startswith(magic)), lambda file: file)
    stream = opened(file)
    yield from iter(lambda: stream.read(CHUNK), b"")


def _inflated(file: BufferedReader) -> Iterator[bytes]:
    inflater, packed = zlib.decompressobj(), file.read(CHUNK)
    while packed:
        yield inflater.decompress(packed, CHUNK)
        packed = inflater.unconsumed_tail or file.read(CHUNK)


def _minor(version: str) -> str:
    return ".".join(version.split("-", maxsplit=1)[0].split(".")[:2])


def _remedy(saved: str, version: str) -> str:
    table = load_table(FRAMEWORK)
    same = [image.version for image in table.images if _minor(image.version) == _minor(saved)] if table else []
    if same:
        return f"Pass --framework-version {same[-1]}, or in Python framework_version={same[-1]!r}."
    return f"No image has scikit-learn {_minor(saved)}: train the model with {_minor(version)}."
