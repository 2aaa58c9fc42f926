"""Archives made to do harm: each is refused by name, or found harmless, within bounds of what is read and kept."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable
from typing import NamedTuple

import pytest

from slipway.errors import ArtifactRefused
from slipway.preflight.archive import MIB, Budget, inspect_archive
from slipway.preflight.gunzip import CHUNK
from tests.fakes.archives import gzipped, header, link, tar_of, tar_of_files

BUDGET = Budget(compressed=4 * MIB, unpacked=16 * MIB)
MAX_KEPT = 24 * MIB  # bytes: a header of one MiB becomes up to twenty times as much in Python's hands
BLOCK = 512


class CountingSource(io.BytesIO):
    """Counts what was taken from it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.taken += len(content)
        return content


class Case(NamedTuple):
    """An archive, and the name of its refusal, or `whole` or `in part` for how much was seen of a harmless one."""

    name: str
    make: Callable[[], bytes]
    outcome: str
    marks: tuple[pytest.MarkDecorator, ...] = ()


def bomb(start: bytes, zeros: int = 24 * MIB) -> bytes:
    """Return gzip data a thousand times smaller than what comes out of it."""
    deflate = zlib.compressobj(9, wbits=31)
    return deflate.compress(start + bytes(zeros)) + deflate.flush()


def long_header(kind: bytes, size: int, content: bytes = b"a") -> bytes:
    """Return a header that is followed by `size` bytes of itself, and then by a file."""
    rest = content * (size // len(content))
    return gzip.compress(header("././@LongLink", len(rest), kind) + rest + bytes(-len(rest) % BLOCK) + whole(), 1)


def whole() -> bytes:
    return tar_of_files({"code/inference.py": b"def model_fn(model_dir): ..."})


def named(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    member = tarfile.TarInfo(name)
    member.type = kind
    return gzipped(tar_of([(member, b"")]))


def pax(headers: dict[str, str], content: bytes = b"") -> bytes:
    member = tarfile.TarInfo("weights")
    member.pax_headers = headers
    return gzipped(tar_of([(member, content)]))


def sparse_map_without_end() -> bytes:
    """Return GNU's old sparse header with extension after extension, all zeros but the flag that says one follows."""
    first = bytearray(header("sparse", 0, tarfile.GNUTYPE_SPARSE))
    first[482] = 1
    first[148:156] = b" " * 8
    first[148:156] = b"%06o\0 " % sum(first)
    extension = b"00000000001\0" * 42 + b"\1" + bytes(7)
    return gzip.compress(bytes(first) + extension * (2 * MIB // BLOCK), 1)


def sparse_map_in_the_data() -> bytes:
    content = b"9999999\n" + b"1\n" * MIB
    return pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s"}, content)


CASES = [
    Case("bomb of one file", lambda: bomb(header("bomb", 2**34)), "in part"),
    Case("bomb of nothing but zeros after the end", lambda: bomb(whole()), "in part"),
    Case("bomb in a long name", lambda: bomb(header("n", 2**34, tarfile.GNUTYPE_LONGNAME)), "ArtifactHeaderTooLarge"),
    Case("bomb in a long link", lambda: bomb(header("n", 2**34, tarfile.GNUTYPE_LONGLINK)), "ArtifactHeaderTooLarge"),
    Case("bomb in an extended header", lambda: bomb(header("n", 2**34, tarfile.XHDTYPE)), "ArtifactHeaderTooLarge"),
    Case("bomb in a global header", lambda: bomb(header("n", 2**34, tarfile.XGLTYPE)), "ArtifactHeaderTooLarge"),
    Case("name of two MiB", lambda: long_header(tarfile.GNUTYPE_LONGNAME, 2 * MIB), "ArtifactHeaderTooLarge"),
    Case("name of half a MiB", lambda: long_header(tarfile.GNUTYPE_LONGNAME, MIB // 2), "ArtifactPathUnsafe"),
    Case("extended header of two MiB", lambda: pax({"comment": "c" * 2 * MIB}), "ArtifactHeaderTooLarge"),
    Case("extended header of half a MiB", lambda: pax({"comment": "c" * (MIB // 2)}), "whole"),
    Case("path of half a MiB in an extended header", lambda: pax({"path": "p" * (MIB // 2)}), "ArtifactPathUnsafe"),
    Case("path outside in an extended header", lambda: pax({"path": "../evil"}), "ArtifactPathUnsafe"),
    Case("size in an extended header that is no number", lambda: pax({"size": "many"}), "whole"),
    Case("size in an extended header that is negative", lambda: pax({"size": "-512"}), "ArtifactNotTar"),
    Case("size in an extended header of 400 digits", lambda: pax({"size": "9" * 400}), "ArtifactTruncated"),
    Case("directories a thousand deep", lambda: named("d/" * 1000 + "f"), "whole"),
    Case("directories three thousand deep", lambda: named("d/" * 3000 + "f"), "ArtifactPathUnsafe"),
    Case("ten thousand and one members", lambda: gzip.compress(header("m", 0) * 10_001, 1), "in part"),
    Case("sparse map without end", sparse_map_without_end, "ArtifactHeaderTooLarge"),
    Case("sparse map of millions in the data", sparse_map_in_the_data, "ArtifactHeaderTooLarge", (pytest.mark.full,)),
    Case("gzip within gzip", lambda: gzipped(gzipped(whole())), "ArtifactNotTar"),
    Case("gzip within gzip within gzip", lambda: gzipped(gzipped(gzipped(whole()))), "ArtifactNotTar"),
    Case("archive within an archive", lambda: gzipped(tar_of_files({"m.tar.gz": gzipped(whole())})), "whole"),
    Case("a thousand empty gzip members first", lambda: gzipped(b"") * 1000 + gzipped(whole()), "whole"),
    Case("negative size", lambda: gzipped(header("n", -BLOCK)), "ArtifactNotTar"),
    Case("link to itself", lambda: gzipped(tar_of([link("l", "l")])), "ArtifactHasSymbolicLinks"),
    Case("name that is a terminal's command", lambda: named("\x1b]0;owned\x07\n../evil"), "whole"),
]


def outcome(source: CountingSource) -> tuple[str, str]:
    """Return the outcome's name and its sentence."""
    try:
        report = inspect_archive(source, BUDGET)
    except ArtifactRefused as refused:
        return type(refused).__name__, str(refused)
    return "whole" if report.complete else "in part", ""


@pytest.mark.parametrize("case", [pytest.param(one, id=one.name, marks=one.marks) for one in CASES])
def test_a_hostile_archive_ends_by_name_within_bounds(case: Case) -> None:
    source = CountingSource(case.make())
    tracemalloc.start()
    found, sentence = outcome(source)
    _, kept = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == case.outcome
    assert len(sentence) < 500
    assert sentence.isprintable()
    assert kept < MAX_KEPT
    assert source.taken <= BUDGET.compressed + CHUNK


def test_a_hostile_name_is_escaped_in_the_message() -> None:
    with pytest.raises(ArtifactRefused) as refused:
        inspect_archive(io.BytesIO(named("../\x1b[2J\n$(reboot)")))
    assert '"../\\u001b[2J\\n$(reboot)"' in str(refused.value)
