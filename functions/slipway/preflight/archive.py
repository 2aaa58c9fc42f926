"""Look into a model archive without unpacking it: what would otherwise fail minutes later, on a paid instance."""

from __future__ import annotations

import posixpath
import tarfile
from dataclasses import dataclass, field

from slipway.aws.s3 import Readable
from slipway.deployment.escaping import quoted_name
from slipway.errors import (
    ArtifactEmpty,
    ArtifactHasLfsPointers,
    ArtifactHasSymbolicLinks,
    ArtifactNotTar,
    ArtifactPathUnsafe,
    ArtifactTruncated,
)
from slipway.preflight.gunzip import Gunzip
from slipway.preflight.strict_tar import BROKEN_HEADER, MAX_PATH, members_of

MIB = 1024 * 1024
# git-lfs, docs/spec.md: a pointer's first line is its version, and a pointer has less than 1,024 bytes.
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True)
class Budget:
    """How much of an archive is read: bytes of it, bytes that come out of it, members."""

    compressed: int = 64 * MIB
    unpacked: int = 256 * MIB
    members: int = 10_000


WHOLE_BUDGET = Budget()


@dataclass
class ArchiveReport:
    """What was seen. `complete` says whether the whole archive was; `unpacked_size` is the bytes of the files seen.

    `names` are the paths of files and links. `tar_size` is how many bytes the tar has at least, and `gzip_members` how
    many gzip members were begun.
    """

    complete: bool = True
    members: int = 0
    files: int = 0
    unpacked_size: int = 0
    tar_size: int = 0
    gzip_members: int = 1
    names: list[str] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    hard_links: list[str] = field(default_factory=list)


def inspect_archive(source: Readable, budget: Budget = WHOLE_BUDGET) -> ArchiveReport:
    """Read a .tar.gz within bounds (64 MiB compressed, 256 MiB unpacked, 10,000 members) and report on it.

    Raises an `ArtifactRefused` that says what is wrong with the archive.
    """
    report = ArchiveReport()
    gunzip = Gunzip(source, budget.compressed, budget.unpacked)
    _walk(gunzip, report, budget)
    report.gzip_members = gunzip.members
    _check_links(report)
    if report.complete and not report.files:
        raise ArtifactEmpty("The archive holds no file: pack the model's files into it.")
    return report


def _check_links(report: ArchiveReport) -> None:
    # "SageMaker can't extract the data archive if the model artifact contains symbolic links for files located in the
    # TAR file" (AWS re:Post, knowledge center, "sagemaker-endpoint-creation-fail").
    if report.links:
        raise ArtifactHasSymbolicLinks(
            f"The archive's member {quoted_name(min(report.links))} is a symbolic link, which SageMaker cannot unpack: "
            "pack the files themselves, with tar -czhf model.tar.gz -C <model directory> ."
        )


def _walk(gunzip: Gunzip, report: ArchiveReport, budget: Budget) -> None:
    try:
        for member, content in members_of(gunzip):
            if report.members >= budget.members:
                report.complete = False
                return
            report.members += 1
            _check_member(member, report)
            _check_content(member.name, content)
        _read_to_the_end(gunzip)
    except BROKEN_HEADER as broken:
        if not gunzip.is_cut:
            raise _tar_error(broken, report) from None
    report.complete = not gunzip.is_cut


def _check_member(member: tarfile.TarInfo, report: ArchiveReport) -> None:
    _check_way(member.name, member.name, report.links)
    _check_path(member.name, member.name)
    in_the_tar = member.isreg() and not member.issparse()  # of a sparse file, only what it really holds
    report.tar_size = member.offset_data + (member.size if in_the_tar else 0)
    if not member.isdir():
        report.names.append(posixpath.normpath(member.name))
    if member.issym():
        report.links.add(posixpath.normpath(member.name))
        _check_path(posixpath.join(posixpath.dirname(member.name), member.linkname), member.name)
    if member.islnk():
        _check_way(member.linkname, member.name, report.links)
        _check_path(member.linkname, member.name)
        report.hard_links.append(member.name)
    if member.ischr() or member.isblk() or member.isfifo():
        raise ArtifactPathUnsafe(
            f"The archive's member {quoted_name(member.name)} is a device: pack files and directories only."
        )
    if member.isfile():
        report.files += 1
        report.unpacked_size += member.size


def _check_content(name: str, content: Readable | None) -> None:
    if content and content.read(len(LFS_POINTER)) == LFS_POINTER:
        raise ArtifactHasLfsPointers(
            f"The archive's member {quoted_name(name)} is a Git LFS pointer, not the file itself: run git lfs pull, "
            "and pack the archive again."
        )


def _check_path(path: str, name: str) -> None:
    if len(path) > MAX_PATH:
        raise ArtifactPathUnsafe(
            f"The archive's member {quoted_name(name)} has a path of {len(path):,} characters, but Linux allows "
            f"{MAX_PATH:,}: pack it under a shorter one."
        )
    if posixpath.isabs(path) or posixpath.normpath(path).split("/")[0] == "..":
        raise ArtifactPathUnsafe(
            f"The archive's member {quoted_name(name)} would be unpacked outside the model directory: "
            "pack paths that stay inside it, with tar -C <model directory> ."
        )


def _check_way(path: str, name: str, links: set[str]) -> None:
    # A link may lead out in ways that its text does not show (a/up -> ../.., then b -> a/up/..); tar itself never
    # packs a member beneath a link.
    steps = path.split("/")
    for length in range(1, len(steps)):
        if posixpath.normpath("/".join(steps[:length])) in links:
            raise ArtifactPathUnsafe(
                f"The archive's member {quoted_name(name)} would be unpacked through a symbolic link: "
                "pack it under its own path."
            )


def _read_to_the_end(gunzip: Gunzip) -> None:
    # The tar's end-of-archive marker comes before the gzip trailer; only reading to the end finds a cut-off upload.
    while gunzip.read(MIB):
        continue


def _tar_error(broken: Exception, report: ArchiveReport) -> Exception:
    if report.members:
        return ArtifactTruncated(f"The archive breaks off after {report.members} members ({broken}): upload it again.")
    if "empty" in str(broken):
        return ArtifactEmpty("The archive holds no file: pack the model's files into it.")
    return ArtifactNotTar(
        f"What the gzip holds is not a tar archive ({broken}): "
        "make it with tar -czf model.tar.gz -C <model directory> ."
    )
