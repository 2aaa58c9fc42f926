"""Look into a model archive without unpacking it: what would otherwise fail minutes later, on a paid instance."""

from __future__ import annotations

import posixpath
import tarfile
from dataclasses import dataclass
from typing import IO, cast

from slipway.domain.gunzip import BudgetSpent, Gunzip, Readable
from slipway.errors import ArtifactEmpty, ArtifactNotTar, ArtifactPathUnsafe, ArtifactTruncated

INFERENCE_CODE = "code/inference.py"
MIB = 1024 * 1024
COMPRESSED_BUDGET = 64 * MIB
UNPACKED_BUDGET = 256 * MIB
MEMBER_BUDGET = 10_000


@dataclass
class ArchiveReport:
    """What was seen. `complete` says whether the whole archive was; `unpacked_size` is the bytes of the files seen."""

    complete: bool = True
    members: int = 0
    files: int = 0
    unpacked_size: int = 0
    has_inference_code: bool = False


def inspect_archive(source: Readable) -> ArchiveReport:
    """Read a .tar.gz within bounds (64 MiB compressed, 256 MiB unpacked, 10,000 members) and report on it.

    Raises an `ArtifactRefused` that says what is wrong with the archive.
    """
    report = ArchiveReport()
    gunzip = Gunzip(source, COMPRESSED_BUDGET, UNPACKED_BUDGET)
    try:
        _walk(gunzip, report)
    except BudgetSpent:
        report.complete = False
    if report.complete and not report.files:
        raise ArtifactEmpty("The archive holds no file: pack the model's files into it.")
    return report


def _walk(gunzip: Gunzip, report: ArchiveReport) -> None:
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", gunzip), mode="r|") as archive:
            for member in archive:
                _look_at(member, report)
        _read_to_the_end(gunzip)
    except tarfile.ReadError as broken:
        raise _tar_error(broken, report) from None


def _look_at(member: tarfile.TarInfo, report: ArchiveReport) -> None:
    if report.members >= MEMBER_BUDGET:
        raise BudgetSpent
    report.members += 1
    _check_path(member.name, member.name)
    if member.issym():
        _check_path(posixpath.join(posixpath.dirname(member.name), member.linkname), member.name)
    if member.islnk():
        _check_path(member.linkname, member.name)
    if member.ischr() or member.isblk() or member.isfifo():
        raise ArtifactPathUnsafe(f"The archive's member {member.name} is a device: pack files and directories only.")
    if member.isfile():
        report.files += 1
        report.unpacked_size += member.size
        report.has_inference_code |= posixpath.normpath(member.name) == INFERENCE_CODE


def _check_path(path: str, name: str) -> None:
    if posixpath.isabs(path) or posixpath.normpath(path).split("/")[0] == "..":
        raise ArtifactPathUnsafe(
            f"The archive's member {name} would be unpacked outside the model directory: "
            "pack paths that stay inside it, with tar -C <model directory> ."
        )


def _read_to_the_end(gunzip: Gunzip) -> None:
    # The tar's end-of-archive marker comes before the gzip trailer; only reading on tells a cut-off upload.
    while gunzip.read(MIB):
        continue


def _tar_error(broken: tarfile.ReadError, report: ArchiveReport) -> Exception:
    if report.members:
        return ArtifactTruncated(f"The archive breaks off after {report.members} members ({broken}): upload it again.")
    if "empty" in str(broken):
        return ArtifactEmpty("The archive holds no file: pack the model's files into it.")
    return ArtifactNotTar(
        f"What the gzip holds is not a tar archive ({broken}): "
        "make it with tar -czf model.tar.gz -C <model directory> ."
    )
