"""S3 as SageMaker uses it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from slipway_local.ports import ModelData, ObjectDenied, ObjectMissing

# HEAD has no body, so botocore can only report the status; GET names the reason.
MISSING = frozenset({"404", "NoSuchKey", "NoSuchBucket"})
DENIED = frozenset({"403", "AccessDenied"})


class S3ObjectStore:
    """`ObjectStore` and `Payloads` over a boto3 S3 client.

    `as_role` makes the clients of roles, where IAM is enforced.
    """

    def __init__(self, client: Any, as_role: Callable[[str], Any] | None = None) -> None:
        self._s3 = client
        self._as_role = as_role

    def acting_as(self, role_arn: str | None) -> S3ObjectStore:
        """Return the same store, read as a role may read it."""
        return self if role_arn is None or self._as_role is None else S3ObjectStore(self._as_role(role_arn))

    def head(self, s3_uri: str) -> int:
        """Return the object's size in bytes. Raises `ObjectMissing` or `ObjectDenied`."""
        bucket, key = _bucket_and_key(s3_uri)
        try:
            size: int = self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"]
        except ClientError as error:
            raise _translated(error, s3_uri) from error
        return size

    def read(self, s3_uri: str) -> bytes:
        """Return the object. Raises `ObjectMissing` or `ObjectDenied`."""
        bucket, key = _bucket_and_key(s3_uri)
        try:
            content: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise _translated(error, s3_uri) from error
        return content

    def write(self, s3_uri: str, body: bytes, content_type: str) -> None:
        """Write the object. Raises `ObjectMissing` for a bucket that is not there, or `ObjectDenied`."""
        bucket, key = _bucket_and_key(s3_uri)
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)
        except ClientError as error:
            raise _translated(error, s3_uri) from error

    def download(self, data: ModelData, path: str) -> None:
        """Write the object to the file `path`. Raises `ObjectDenied`, and `ObjectMissing` also for another ETag."""
        bucket, key = _bucket_and_key(data.s3_uri)
        try:
            answer = self._s3.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise _translated(error, data.s3_uri) from error
        with answer["Body"] as body:
            # Compared here and not sent as If-Match: local engines do not all honour that header.
            if data.etag is not None and answer["ETag"].strip('"') != data.etag.strip('"'):
                raise ObjectMissing(f"{data.s3_uri} has the ETag {answer['ETag']}, not {data.etag}")
            with Path(path).open("wb") as target:
                shutil.copyfileobj(body, target, 1 << 20)

    def listed(self, s3_uri: str) -> list[tuple[str, int]]:
        """Return each object below a prefix: its key without the prefix, and its size.

        Raises `ObjectMissing` for a bucket that is not there, or `ObjectDenied`.
        """
        bucket, _, prefix = s3_uri.removeprefix("s3://").partition("/")
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            entries = [entry for page in pages for entry in page.get("Contents", [])]
        except ClientError as error:
            raise _translated(error, s3_uri) from error
        return [(entry["Key"].removeprefix(prefix), entry["Size"]) for entry in entries]


def _bucket_and_key(s3_uri: str) -> tuple[str, str]:
    scheme, _, rest = s3_uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme == "https":
        # ModelDataUrl may also be https; the path-style form is the one that names bucket and key alone.
        bucket, _, key = urlsplit(s3_uri).path.lstrip("/").partition("/")
    if scheme not in {"s3", "https"} or not bucket or not key:
        raise ObjectMissing(f"{s3_uri} names no S3 object")
    return bucket, key


def _translated(error: ClientError, s3_uri: str) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    if code in DENIED:
        return ObjectDenied(f"{s3_uri} may not be read ({code})")
    return ObjectMissing(f"There is no object at {s3_uri} ({code})") if code in MISSING else error
