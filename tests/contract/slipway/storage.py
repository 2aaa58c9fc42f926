"""Two S3s behind the ports that read archives and side files."""

from __future__ import annotations

from typing import Any

from slipway.aws.s3 import Archives, Boto3Archives, Boto3SideFiles
from slipway.planning.plan_deployment import SideFiles
from tests.fakes.storage import REGION, FakeStorage


class FakeBuckets(FakeStorage):
    """The fake is every port."""

    def __init__(self) -> None:
        super().__init__()
        self.archives = self.side_files = self


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


StorageWorld = FakeBuckets | MotoBuckets
