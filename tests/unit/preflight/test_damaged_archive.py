"""Damage of every kind has a name."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import ArtifactEmpty, ArtifactHeaderTooLarge, ArtifactNotTar, ArtifactRefused, ArtifactTruncated
from slipway.preflight.archive import MIB, ArchiveReport, Budget, inspect_archive
from tests.fakes.archives import gzipped, header, tar_of, tar_of_files

SMALL = tar_of_files({"model.joblib": b"m" * 700, "code/inference.py": b"def model_fn(model_dir): ..."})
# Lengths that end with a member, or with at least one block of the zeros after the last: tar itself does without these.
SOUND = {512 + 1024, 512 + 1024 + 512 + 512, *range(512 + 1024 + 512 + 512 + 512, len(SMALL) + 1)}


def outcome(content: bytes, budget: Budget | None = None) -> ArchiveReport | ArtifactRefused:
    try:
        return inspect_archive(io.BytesIO(content), budget or Budget())
    except ArtifactRefused as refused:
        return refused


def test_an_upload_cut_off_at_any_byte_is_truncated() -> None:
    whole = gzipped(SMALL, 9)

    outcomes = [outcome(whole[:length]) for length in range(1, len(whole))]

    assert {type(found) for found in outcomes} == {ArtifactTruncated}
    assert isinstance(outcome(whole), ArchiveReport)


def test_a_tar_cut_off_within_a_member_is_never_taken_for_whole() -> None:
    for length in range(1, len(SMALL), 3):
        found = outcome(gzipped(SMALL[:length]))
        assert isinstance(found, ArchiveReport) is (length in SOUND), length


def test_a_header_damaged_in_the_middle_is_not_the_end() -> None:
    damaged = bytearray(SMALL)
    damaged[512 + 1024 + 10] ^= 0xFF

    found = outcome(gzipped(bytes(damaged)))

    assert str(found) == "The archive breaks off after 1 members (bad checksum): upload it again."


@given(st.binary(max_size=600))
def test_any_bytes_are_refused_by_name(content: bytes) -> None:
    assert isinstance(outcome(content), ArtifactRefused)


@given(st.binary(max_size=1600))
def test_gzip_of_any_bytes_is_refused_by_name(content: bytes) -> None:
    found = outcome(gzipped(content))

    assert isinstance(found, (ArtifactEmpty, ArtifactNotTar))


@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=4), st.booleans())
def test_a_damaged_archive_is_reported_or_refused(damage: list[tuple[int, int]], in_the_gzip: bool) -> None:
    content = bytearray(gzipped(SMALL, 9) if in_the_gzip else SMALL)
    for place, byte in damage:
        content[place % len(content)] = byte

    assert outcome(bytes(content) if in_the_gzip else gzipped(bytes(content)))


@given(
    size=st.integers(-(2**62), 2**80),
    kind=st.sampled_from(b"01234567gxLKSVNMA\0").map(lambda kind: bytes([kind])),
    rest=st.binary(max_size=1500),
)
def test_a_header_with_any_size_and_type_is_reported_or_refused(size: int, kind: bytes, rest: bytes) -> None:
    assert outcome(gzipped(header("member", size, kind) + rest), Budget(unpacked=MIB))


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.GNUTYPE_SPARSE], ids=["regular", "sparse"])
@pytest.mark.parametrize("size", [2**33, 2**70])
def test_a_size_beyond_the_archives_end_is_seen_at_once(size: int, kind: bytes) -> None:
    # Were the end taken for none, reading on would not end within a lifetime.
    found = outcome(gzipped(header("huge", size, kind) + b"little"))

    assert str(found) == "The archive breaks off after 1 members (unexpected end of data): upload it again."


def test_headers_nested_without_end_are_refused() -> None:
    nested = (header("././@LongLink", 10, tarfile.GNUTYPE_LONGNAME) + b"a" * 512) * 3000

    # Which bound comes first depends on how deep the caller's own calls are.
    assert isinstance(outcome(gzipped(nested)), ArtifactNotTar | ArtifactHeaderTooLarge)


def test_the_number_of_inspected_members_is_limited() -> None:
    members = [(tarfile.TarInfo(f"m{number}"), b"") for number in range(12)]

    found = outcome(gzipped(tar_of(members)), Budget(members=10))

    assert isinstance(found, ArchiveReport)
    assert (found.complete, found.members, found.files) == (False, 10, 10)


@pytest.mark.parametrize("budget", [Budget(compressed=1000), Budget(unpacked=1500)], ids=["compressed", "unpacked"])
def test_an_archive_over_budget_is_reported_in_part(budget: Budget) -> None:
    found = outcome(gzipped(SMALL), budget)

    assert isinstance(found, ArchiveReport)
    assert (found.complete, found.members) == (False, 1)


def test_a_damaged_member_over_budget_is_still_no_error() -> None:
    found = outcome(gzipped(header("big", 4 * MIB) + bytes(2 * MIB)), Budget(unpacked=MIB))

    assert isinstance(found, ArchiveReport)
    assert (found.complete, found.unpacked_size) == (False, 4 * MIB)
