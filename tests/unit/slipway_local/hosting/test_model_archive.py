from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.archives import tar_gz

from slipway_local.hosting.archive import ArchiveError, unpack

GOOD = tar_gz({"model.bin": bytes(range(256)) * 40, "code/inference.py": b"def model_fn(model_dir): ..."})


def unpacked(folder: Path, content: bytes) -> Path:
    archive = folder / "model.tar.gz"
    archive.write_bytes(content)
    unpack(archive, folder / "model")
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

    with pytest.raises(ArchiveError):
        unpacked(tmp_path, bytes(altered))
