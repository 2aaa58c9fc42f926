"""S3 in memory, behind the ports that read it."""

from __future__ import annotations

import io
from hashlib import md5

from slipway.aws.s3 import ListedObject, StoredObject
from slipway.deployment.plan import Artifact
from slipway.errors import ArtifactNotFound, AwsRefused, BucketInAnotherRegion, BucketNotFound, FieldInvalid, NotFound
from slipway.smoke_test.errors import PayloadNotFound
from slipway.smoke_test.smoke_test import Payload

REGION = "us-east-1"
UPLOADED_AT = "2026-11-01T11:59:58+00:00"
MAX_SIDE_FILE = 256 * 1024


class FakeStorage:
    """Buckets and their objects; implements `Archives` and `ModelArchives`, reads side files and opens payloads."""

    def __init__(self) -> None:
        self._regions: dict[str, str] = {}
        self._versioned: set[str] = set()
        self._objects: dict[tuple[str, str], list[bytes]] = {}
        self.opened: list[io.BytesIO] = []
        self.kept: dict[str, str] = {}

    def make_bucket(self, bucket: str, *, region: str = REGION, versioned: bool = False) -> None:
        self._regions[bucket] = region
        if versioned:
            self._versioned.add(bucket)

    def put(self, bucket: str, key: str, content: bytes) -> str | None:
        """Upload an object and return its version, None without versioning."""
        versions = self._objects.setdefault((bucket, key), [])
        versions.append(content)
        return self._version(bucket, versions)

    def _check_bucket(self, bucket: str) -> None:
        if bucket not in self._regions:
            raise BucketNotFound(f"The bucket {bucket} does not exist.")
        if self._regions[bucket] != REGION:
            raise BucketInAnotherRegion(f"The bucket {bucket} is in {self._regions[bucket]}.")

    def open(self, bucket: str, key: str) -> StoredObject:
        self._check_bucket(bucket)
        versions = self._objects.get((bucket, key))
        if not versions:
            raise ArtifactNotFound(f"There is no s3://{bucket}/{key}.")
        content, body = versions[-1], io.BytesIO(versions[-1])
        self.opened.append(body)
        etag, version = md5(content).hexdigest(), self._version(bucket, versions)
        return StoredObject(len(content), etag, version, UPLOADED_AT, body)

    def listed(self, bucket: str, prefix: str) -> list[ListedObject]:
        self._check_bucket(bucket)
        found = [(key, versions[-1]) for (inside, key), versions in self._objects.items() if inside == bucket]
        return [
            ListedObject(key, len(content), md5(content).hexdigest(), UPLOADED_AT)
            for key, content in sorted(found)
            if key.startswith(prefix)
        ]

    def remove_object(self, bucket: str, key: str) -> None:
        """Delete an object with its versions."""
        self._objects.pop((bucket, key), None)

    def current_etag(self, bucket: str, key: str) -> str | None:
        versions = self._objects.get((bucket, key))
        return md5(versions[-1]).hexdigest() if versions else None

    def store(self, artifact: Artifact, key: str) -> str:
        return self.kept.setdefault(key, artifact["ETag"])

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def tail(self, bucket: str, key: str, etag: str, length: int) -> bytes:
        content = self._objects[bucket, key][-1]
        if md5(content).hexdigest() != etag:
            raise AwsRefused("GetObject was refused (PreconditionFailed).")
        return content[-length:]

    def side_file(self, bucket: str, key: str) -> bytes:
        versions = self._objects.get((bucket, key))
        if not versions:
            raise NotFound(key)
        if len(versions[-1]) > MAX_SIDE_FILE:
            raise FieldInvalid(f"{key} is too large.")
        return versions[-1]

    def payload(self, bucket: str, key: str) -> Payload:
        versions = self._objects.get((bucket, key))
        if not versions:
            raise PayloadNotFound(f"There is no s3://{bucket}/{key}.")
        body = io.BytesIO(versions[-1])
        self.opened.append(body)
        return Payload(len(versions[-1]), body)

    def _version(self, bucket: str, versions: list[bytes]) -> str | None:
        return f"version-{len(versions)}" if bucket in self._versioned else None
