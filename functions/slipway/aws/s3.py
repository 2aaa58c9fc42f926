"""Archives and side files in S3, over boto3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Protocol

from botocore.exceptions import ClientError

from slipway.aws.errors import aws_errors, translated
from slipway.errors import (
    AccessDenied,
    ArtifactAccessDenied,
    ArtifactNotFound,
    AwsRefused,
    BucketInAnotherRegion,
    BucketNotFound,
    FieldInvalid,
    NotFound,
)

MAX_SIDE_FILE = 256 * 1024  # bytes: the most an execution's input may have, which a side file stands for
KMS_ACTION = re.compile(r"kms:\w+")
MISSING_KEY = frozenset({"NoSuchKey", "404", "NotFound"})


class Readable(Protocol):
    """What can be read from: an S3 body, a file."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


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


@dataclass(frozen=True)
class ListedObject:
    """An object below a prefix; `uploaded_at` is when S3 took it (ISO 8601, UTC), `etag` has no quotes."""

    key: str
    size: int
    etag: str
    uploaded_at: str


class Listings(Protocol):
    """What is below prefixes."""

    def listed(self, bucket: str, prefix: str) -> list[ListedObject]:
        """Return every object below a prefix, in S3's order.

        Raises `BucketNotFound`, `BucketInAnotherRegion` or `ArtifactAccessDenied`.
        """


class Archives(Listings, Protocol):
    """Where archives lie."""

    def open(self, bucket: str, key: str) -> StoredObject:
        """Open the newest version of an object, which is the one SageMaker loads.

        Raises `BucketNotFound`, `BucketInAnotherRegion`, `ArtifactNotFound` or `ArtifactAccessDenied`.
        """

    def current_etag(self, bucket: str, key: str) -> str | None:
        """Return the newest version's ETag, without quotes; None for an object that is gone or may not be read."""

    def tail(self, bucket: str, key: str, etag: str, length: int) -> bytes:
        """Return an object's last bytes, if its ETag is still this one. Raises what any call may."""


class Download:
    """An object's content as it arrives: a connection that breaks on the way is ours to name too."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end. Raises `ServiceUnavailable`."""
        with aws_errors():
            content: bytes = self._body.read(size)
        return content

    def close(self) -> None:
        """Stop the download."""
        self._body.close()


class Boto3Archives:
    """Implements `slipway.preflight.inspect_artifact.Archives`."""

    def __init__(self, client: Any, region: str) -> None:
        self._client = client
        self._region = region

    def open(self, bucket: str, key: str) -> StoredObject:
        with aws_errors():
            self._check_bucket(bucket)
        uri = f"s3://{bucket}/{key}"
        try:
            with aws_errors():
                found = self._get(bucket, key, uri)
        except AccessDenied as denied:
            raise ArtifactAccessDenied(f"The stack may not read {uri} ({denied}): {_permission(denied)}.") from denied
        return StoredObject(
            found["ContentLength"],
            found["ETag"].strip('"'),
            _version(found.get("VersionId")),
            found["LastModified"].astimezone(UTC).isoformat(),
            Download(found["Body"]),
        )

    def current_etag(self, bucket: str, key: str) -> str | None:
        try:
            with aws_errors():
                return str(self._client.head_object(Bucket=bucket, Key=key)["ETag"]).strip('"')
        except AwsRefused:
            return None  # HEAD names no error but by its status; the caller only checks whether there is a newer one

    def tail(self, bucket: str, key: str, etag: str, length: int) -> bytes:
        with aws_errors():
            found = self._client.get_object(Bucket=bucket, Key=key, Range=f"bytes=-{length}", IfMatch=f'"{etag}"')
            content: bytes = found["Body"].read()
        return content

    def listed(self, bucket: str, prefix: str) -> list[ListedObject]:
        with aws_errors():
            self._check_bucket(bucket)
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            with aws_errors():
                return [_listed(entry) for page in pages for entry in page.get("Contents", [])]
        except AccessDenied as denied:
            uri = f"s3://{bucket}/{prefix}"
            raise ArtifactAccessDenied(
                f"The stack may not list {uri} ({denied}): allow s3:ListBucket on the bucket."
            ) from denied

    def _get(self, bucket: str, key: str, uri: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in MISSING_KEY:
                raise
            raise ArtifactNotFound(
                f"ModelDataUrl is {uri}, but there is no such object: upload it with aws s3 cp model.tar.gz {uri}"
            ) from error
        return found

    def _check_bucket(self, bucket: str) -> None:
        try:
            answer = self._client.head_bucket(Bucket=bucket)
        except ClientError as error:
            answer = error.response
            self._check_bucket_error(bucket, error)
        region = _region_of(answer)
        if region and region != self._region:
            raise BucketInAnotherRegion(
                f"The bucket {bucket} is in {region}, but SageMaker wants the archive in {self._region}: "
                f"copy it with aws s3 cp to a bucket there, for example the stack's model bucket."
            )

    def _check_bucket_error(self, bucket: str, error: ClientError) -> None:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:  # noqa: PLR2004 - HEAD has no body that names the error
            raise BucketNotFound(
                f"ModelDataUrl names the bucket {bucket}, which does not exist: correct the name, or create the bucket."
            ) from error
        if status not in (301, 400, 403):
            # 301 is another region; 400 and 403 are for GetObject to explain, which names the error.
            raise translated(error) from error


def read_side_file(client: Any, bucket: str, key: str) -> bytes:
    """Return a side file's content. Raises `NotFound`, or `FieldInvalid` for one over the size limit."""
    return read_object(client, bucket, key, MAX_SIDE_FILE)


def read_object(client: Any, bucket: str, key: str, max_size: int) -> bytes:
    """Return the content of an object of at most so many bytes. Raises `NotFound` or `FieldInvalid`."""
    with aws_errors():
        try:
            found = client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING_KEY:
                raise NotFound(key) from error
            raise
        if found["ContentLength"] > max_size:
            raise FieldInvalid(f"{key} has {found['ContentLength']} bytes, but must have at most {max_size}.")
        content: bytes = found["Body"].read()
    return content


def _listed(entry: dict[str, Any]) -> ListedObject:
    uploaded_at = entry["LastModified"].astimezone(UTC).isoformat()
    return ListedObject(entry["Key"], entry["Size"], entry["ETag"].strip('"'), uploaded_at)


def _permission(denied: AccessDenied) -> str:
    if found := KMS_ACTION.search(str(denied)):
        return f"allow {found[0]} with the bucket's KMS key, in the role's policy and in the key's"
    return "allow s3:GetObject on it, and s3:ListBucket on the bucket"


def _region_of(answer: dict[str, Any]) -> str | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    return str(region) if region else None


def _version(version_id: str | None) -> str | None:
    # A bucket whose versioning was suspended says "null" for objects without a version.
    return None if version_id in (None, "null") else version_id
