"""Upload an archive that a deployment is to load.

It goes under `uploads/`, not under `models/`: what is uploaded there is deployed by the stack's own rule, with the
stack's defaults, and the deployment started here would be a second one. The key is made of the content, so that the
same archive is uploaded once, for any number of endpoints, keeps its ETag, and the same deployment again changes
nothing. What was sent of a large archive before an interruption is not sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slipway.preflight.archive import inspect_archive
from slipway.preflight.check_archive_layout import check_layout
from slipway_cli.sdk.errors import CallRefused
from slipway_cli.sdk.multipart import MultipartUpload
from slipway_cli.sdk.sdk_errors import refusal
from slipway_cli.sdk.sklearn_version import FRAMEWORK, version_warnings
from slipway_cli.sdk.target import Target

PREFIX = "uploads"
DIGEST_LENGTH = 16  # hexadecimal digits of SHA-256
LARGE = 64 * 1024**2  # bytes from which an upload can be continued
NOT_FOUND = ("404", "NoSuchKey", "NotFound")

Progress = Callable[[int], None]  # called with the number of bytes that were sent since the last call


@dataclass(frozen=True)
class Archive:
    """A local archive: its file, its size in bytes, its key in the model bucket, and warnings about its layout."""

    file: Path
    size: int
    key: str
    warnings: list[str] = field(default_factory=list)


def check_archive(
    file: Path, framework: str = "", environment: Mapping[str, str] | None = None, framework_version: str = ""
) -> Archive:
    """Check an archive as InspectArtifact does, before it is uploaded: its format, and its framework's layout.

    The warnings also name models that another scikit-learn saved than the image has, if the whole archive was read.

    Raises an `ArtifactRefused`, or `OSError`.
    """
    with file.open("rb") as content:
        report = inspect_archive(content)
        warnings = check_layout(framework, report.names, environment or {}, complete=report.complete)
        if report.complete and framework == FRAMEWORK:
            warnings = [*warnings, *version_warnings(file, framework_version)]
        content.seek(0)
        digest = hashlib.file_digest(content, "sha256").hexdigest()[:DIGEST_LENGTH]
    return Archive(file, file.stat().st_size, f"{PREFIX}/{digest}/{stored_name(file.name)}", warnings)


def stored_name(name: str) -> str:
    """Return the name that an archive has in S3, where only .tar.gz is deployed."""
    return f"{name.removesuffix('.tgz')}.tar.gz" if name.endswith(".tgz") else name


def is_uploaded(target: Target, archive: Archive) -> bool:
    """Return whether the archive is in the model bucket already."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the SDK is imported when AWS is asked

    try:
        there = target.client("s3").head_object(Bucket=target.model_bucket, Key=archive.key)
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_FOUND:
            return False
        raise
    return bool(there["ContentLength"] == archive.size)


def upload(target: Target, archive: Archive, progress: Progress) -> None:
    """Send the archive to the model bucket; a large one in parts, and without those that were sent before.

    Raises `CallRefused`, or for a large one `botocore.exceptions.ClientError`.
    """
    if archive.size >= LARGE:
        MultipartUpload(target.client("s3"), target.model_bucket, archive.key).send(archive.file, progress)
        return
    from boto3.exceptions import S3UploadFailedError  # noqa: PLC0415 - as above

    try:
        target.client("s3").upload_file(str(archive.file), target.model_bucket, archive.key, Callback=progress)
    except S3UploadFailedError as error:
        # boto3 wraps the client's own error, which says more.
        said = error.__context__
        raise refusal(said) if isinstance(said, Exception) else CallRefused(f"{error}.") from error
