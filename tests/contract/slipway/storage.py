"""Two S3s behind the ports that read archives and side files."""

from __future__ import annotations

from typing import Any, Protocol

from slipway.aws.s3 import Archives, Boto3Archives, Boto3SideFiles
from slipway.planning.plan_deployment import SideFiles
from tests.fakes.storage import REGION, FakeStorage


class StorageWorld(Protocol):
    """The ports, and the hands that put things there."""

    archives: Archives
    side_files: SideFiles

    def make_bucket(self, bucket: str, *, region: str = REGION, versioned: bool = False) -> None:
        """Make a bucket."""

    def put(self, bucket: str, key: str, content: bytes) -> str | None:
        """Upload an object and return its version, None without versioning."""


class FakeBuckets:
    """The fake."""

    def __init__(self) -> None:
        self._fake = FakeStorage()
        self.archives: Archives = self._fake
        self.side_files: SideFiles = self._fake

    def make_bucket(self, bucket: str, *, region: str = REGION, versioned: bool = False) -> None:
        self._fake.make_bucket(bucket, region=region, versioned=versioned)

    def put(self, bucket: str, key: str, content: bytes) -> str | None:
        return self._fake.put(bucket, key, content)


class MotoBuckets:
    """The adapters, over boto3 to moto."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.archives: Archives = Boto3Archives(client, REGION)
        self.side_files: SideFiles = Boto3SideFiles(client)

    def make_bucket(self, bucket: str, *, region: str = REGION, versioned: bool = False) -> None:
        elsewhere = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self._client.create_bucket(Bucket=bucket, **elsewhere)
        if versioned:
            self._client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(self, bucket: str, key: str, content: bytes) -> str | None:
        version: str | None = self._client.put_object(Bucket=bucket, Key=key, Body=content).get("VersionId")
        return version
