"""InspectArtifact: everything about the archive that would otherwise fail ten minutes later."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

from slipway.domain.archive import ArchiveReport, inspect_archive
from slipway.domain.gunzip import Readable
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
    """An object in S3: its size in bytes, its ETag without quotes, its version where the bucket has versions."""

    size: int
    etag: str
    version_id: str | None
    body: Body


class Archives(Protocol):
    """Where archives lie."""

    def open(self, bucket: str, key: str) -> StoredObject:
        """Open the newest version of an object, which is the one SageMaker loads.

        Raises `BucketNotFound`, `BucketInAnotherRegion`, `ArtifactNotFound` or `ArtifactAccessDenied`.
        """


def inspect_artifact(plan: Plan, archives: Archives) -> Artifact:
    """Return what SageMaker will load. Raises an `ArtifactRefused` that says what is wrong with the archive."""
    wanted = plan["Artifact"]
    stored = archives.open(wanted["Bucket"], wanted["Key"])
    with closing(stored.body):
        _check_size(stored.size, plan)
        report = inspect_archive(stored.body)
    _check_size(report.unpacked_size, plan)
    artifact = Artifact(
        Bucket=wanted["Bucket"],
        Key=wanted["Key"],
        ETag=stored.etag,
        Size=stored.size,
        HasInferenceCode=report.has_inference_code,
        Warnings=_warnings(report, artifact_uri(wanted)),
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
