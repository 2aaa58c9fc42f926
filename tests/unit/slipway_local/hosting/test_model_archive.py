from __future__ import annotations

import gzip
import io
import os
import tarfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.fakes.archives import tar_gz

from slipway_local.hosting.archive import DAMAGE, ArchiveError, extract, unpack, volume_bytes

GOOD = tar_gz({"model.bin": bytes(range(256)) * 40, "code/inference.py": b"def model_fn(model_dir): ..."})


def unpacked(folder: Path, content: bytes) -> Path:
    archive = folder / "model.tar.gz"
    archive.write_bytes(content)
    try:
        with archive.open("rb") as file:
            extract(file, folder / "model", 1 << 20)
    except DAMAGE as damage:
        raise ArchiveError(str(damage)) from damage
    return folder / "model"


def archive_of(*members: tarfile.TarInfo) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return raw.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def test_a_good_archive_is_extracted(tmp_path: Path) -> None:
    model = unpacked(tmp_path, GOOD)

    assert (model / "model.bin").read_bytes() == bytes(range(256)) * 40
    assert (model / "code" / "inference.py").is_file()


def test_names_that_begin_with_a_dot_are_the_same_files(tmp_path: Path) -> None:
    model = unpacked(tmp_path, tar_gz({"./code/inference.py": b"x"}))

    assert (model / "code" / "inference.py").is_file()


# By name: pytest would make the bytes themselves part of a test's name.
REFUSED = {
    "text": b"this is not an archive",
    "nothing": b"",
    "a gzip that is no tar": gzip.compress(b"text" * 1000),
    "a tar without gzip": gzip.decompress(GOOD),
    "a path out of the folder": archive_of(member("../out")),
    "a symbolic link": archive_of(member("a", tarfile.SYMTYPE, "b")),
    "a hard link": archive_of(member("a"), member("b", tarfile.LNKTYPE, "a")),
    "a device": archive_of(member("a", tarfile.CHRTYPE)),
    "a file where a folder is": archive_of(member("a"), member("a/b")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_archive_that_sagemaker_does_not_extract_is_refused(tmp_path: Path, what: str) -> None:
    with pytest.raises(ArchiveError):
        unpacked(tmp_path, REFUSED[what])
    assert not (tmp_path / "out").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(1, len(GOOD) - 1))
def test_an_archive_that_is_cut_off_anywhere_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(ArchiveError):
        unpacked(tmp_path, GOOD[:cut])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.integers(10, len(GOOD) - 1), flip=st.integers(1, 255))
def test_an_archive_with_an_altered_byte_is_refused(tmp_path: Path, at: int, flip: int) -> None:
    altered = bytearray(GOOD)
    altered[at] ^= flip
    with suppress(OSError, EOFError, zlib.error):
        assume(gzip.decompress(altered) != gzip.decompress(GOOD))  # a spare bit of deflate's

    with pytest.raises(ArchiveError):
        unpacked(tmp_path, bytes(altered))


def test_an_archive_is_extracted_in_a_process_of_its_own(tmp_path: Path) -> None:
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(GOOD)
    asked: list[None] = []

    unpack(archive, tmp_path / "model", lambda: asked.append(None))

    assert (tmp_path / "model/code/inference.py").is_file()
    assert asked


def test_the_process_names_what_is_wrong(tmp_path: Path) -> None:
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(b"text")

    with pytest.raises(ArchiveError, match="gzip"):
        unpack(archive, tmp_path / "model", lambda: None)


def test_an_extraction_is_ended_when_its_time_is_up(tmp_path: Path) -> None:
    archive = tmp_path / "model.tar.gz"
    os.mkfifo(archive)  # nothing is ever written to it

    def up() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        unpack(archive, tmp_path / "model", up)


def test_no_more_comes_out_than_the_volume_has_room_for(tmp_path: Path) -> None:
    bomb = tar_gz({"zeros": bytes(8 << 20)})

    with pytest.raises(ArchiveError, match="more than the"):
        unpacked(tmp_path, bomb)

    assert sum(file.stat().st_size for file in (tmp_path / "model").rglob("*")) <= 1 << 20


def test_a_header_of_900_mb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 900 << 20
    archive = gzip.compress(header.tobuf() + bytes(4 << 20))

    with pytest.raises(ArchiveError):
        unpacked(tmp_path, archive)


@pytest.mark.parametrize(
    ("asked", "is_serverless", "expected"), [(None, False, 30), (None, True, 5), (100, False, 100), (600, False, 512)]
)
def test_the_volume_is_the_one_that_the_variant_has(asked: int | None, is_serverless: bool, expected: int) -> None:
    assert volume_bytes(asked, is_serverless) == expected << 30
