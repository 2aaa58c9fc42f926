"""Decompressing a stream within bounds."""

from __future__ import annotations

import gzip
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import ArtifactRefused
from slipway.preflight.gunzip import Gunzip

PLENTY = 10**9


class Dribble:
    """A source that gives few bytes at a time, as a network may."""

    def __init__(self, content: bytes, step: int) -> None:
        self._content = io.BytesIO(content)
        self._step = step

    def read(self, size: int, /) -> bytes:
        return self._content.read(min(size, self._step))


def read_all(gunzip: Gunzip, size: int) -> bytes:
    return b"".join(iter(lambda: gunzip.read(size), b""))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 40), st.integers(1, 100))
def test_any_chunks_are_decompressed(parts: list[bytes], step: int, size: int) -> None:
    content = b"".join(gzip.compress(part) + bytes(len(part) % 3) for part in parts)

    assert read_all(Gunzip(Dribble(content, step), PLENTY, PLENTY), size) == b"".join(parts)


@pytest.mark.parametrize("size", range(1, 20))
def test_a_member_that_ends_with_a_read_is_not_read_again(size: int) -> None:
    parts = [bytes(190), bytes(range(60)), bytes(300)]
    content = b"".join(gzip.compress(part) + bytes(len(part) % 3) for part in parts)

    assert all(
        read_all(Gunzip(Dribble(content, step), PLENTY, PLENTY), size) == b"".join(parts) for step in range(1, 41)
    )


def test_the_members_of_a_file_are_counted() -> None:
    one, three = gzip.compress(b"one"), gzip.compress(b"a") + bytes(3) + gzip.compress(b"b") + gzip.compress(b"c")
    counted = []
    for content in (one, three):
        gunzip = Gunzip(io.BytesIO(content), PLENTY, PLENTY)
        read_all(gunzip, 100)
        counted.append(gunzip.members)

    assert counted == [1, 3]


@given(st.binary(max_size=300), st.integers(1, 100))
def test_a_read_returns_at_most_the_requested_size(content: bytes, size: int) -> None:
    gunzip = Gunzip(io.BytesIO(gzip.compress(content)), PLENTY, PLENTY)

    assert all(len(part) <= size for part in iter(lambda: gunzip.read(size), b""))


@given(st.binary(min_size=2, max_size=300), st.data())
def test_the_output_is_limited_by_the_budget(content: bytes, data: st.DataObject) -> None:
    budget = data.draw(st.integers(1, len(content) - 1))
    gunzip = Gunzip(io.BytesIO(gzip.compress(content)), PLENTY, budget)
    seen: list[bytes] = []

    seen.extend(iter(lambda: gunzip.read(64), b""))

    assert gunzip.is_cut
    assert b"".join(seen) == content[:budget]


@given(st.binary(max_size=300), st.data())
def test_the_input_is_limited_by_the_budget(content: bytes, data: st.DataObject) -> None:
    compressed = gzip.compress(content)
    source = io.BytesIO(compressed)
    budget = data.draw(st.integers(2, len(compressed) - 1))

    gunzip = Gunzip(source, budget, PLENTY)
    read_all(gunzip, 64)

    assert gunzip.is_cut
    assert source.tell() == budget


@given(st.binary(max_size=200), st.integers(1, 20))
def test_any_stream_is_read_to_its_end_or_refused(content: bytes, step: int) -> None:
    source = Dribble(b"\x1f\x8b\x08" + content, step)

    with suppress(ArtifactRefused):
        read_all(Gunzip(source, PLENTY, PLENTY), 64)
        assert source.read(1) == b""
