"""InspectArtifact: everything about the archive that would otherwise fail ten minutes later."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

from slipway.domain.archive import ArchiveReport, inspect_archive
from slipway.domain.gunzip import Readable
from slipway.domain.ordering import is_current
from slipway.domain.plan import Artifact, Plan, artifact_uri
from slipway.errors import ArtifactTooLarge

GIB = 1024**3
LARGEST_VOLUME = 512  # GiB, the most VolumeSizeInGB takes


class Body(Readable, Protocol):
    """An object's content, to be closed as soon as enough was read."""

    def close(self) -> None:
        """Stop the download."""


@dataclass(frozen=True)
class StoredObject:
    """An object in S3: its size in bytes, its ETag without quotes, its version where the bucket has versions.

    `uploaded_at` is when S3 took it (ISO 8601, UTC, whole seconds).
    """

    size: int
    etag: str
    version_id: str | None
    uploaded_at: str
    body: Body


class Archives(Protocol):
    """Where archives lie."""

    def open(self, bucket: str, key: str) -> StoredObject:
        """Open the newest version of an object, which is the one SageMaker loads.

        Raises `BucketNotFound`, `BucketInAnotherRegion`, `ArtifactNotFound` or `ArtifactAccessDenied`.
        """

    def current_etag(self, bucket: str, key: str) -> str | None:
        """Return the newest version's ETag, without quotes; None for an object that is gone or may not be read."""


def inspect_artifact(plan: Plan, archives: Archives) -> Artifact:
    """Return what SageMaker will load. Raises an `ArtifactRefused` that says what is wrong with the archive.

    An archive that a newer upload has replaced is not looked into: that upload's own execution does.
    """
    wanted = plan["Artifact"]
    stored = archives.open(wanted["Bucket"], wanted["Key"])
    with closing(stored.body):
        if not is_current(plan, stored.etag):
            return _artifact(plan, stored, None)
        _check_size(stored.size, plan)
        report = inspect_archive(stored.body)
    _check_size(report.unpacked_size, plan)
    return _artifact(plan, stored, report)


def _artifact(plan: Plan, stored: StoredObject, report: ArchiveReport | None) -> Artifact:
    wanted = plan["Artifact"]
    artifact = Artifact(
        Bucket=wanted["Bucket"],
        Key=wanted["Key"],
        ETag=stored.etag,
        Size=stored.size,
        IsCurrent=report is not None,
        UploadedAt=stored.uploaded_at,
        HasInferenceCode=report is not None and report.has_inference_code,
        Warnings=_warnings(report, artifact_uri(wanted)) if report else [],
    )
    if stored.version_id:
        artifact["VersionId"] = stored.version_id
    return artifact


def _check_size(size: int, plan: Plan) -> None:
    variant: dict[str, Any] = plan.get("Variant", {})
    volume = variant.get("VolumeSizeInGB", LARGEST_VOLUME)
    if size > volume * GIB:
        raise ArtifactTooLarge(
            f"The archive needs {size / GIB:.1f} GiB, but the volume has {volume} GiB: set VolumeSizeInGB to at least "
            f"{size // GIB + 1}, up to {LARGEST_VOLUME}."
        )


def _warnings(report: ArchiveReport, uri: str) -> list[str]:
    if report.complete:
        return []
    return [f"Only the first {report.members} members of {uri} were looked at; the rest is checked on the instance."]
