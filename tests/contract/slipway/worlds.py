"""Each port twice: the fake, and the adapter over something that speaks AWS; and what a test can do beside it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from slipway.aws.s3 import Archives, Boto3Archives, read_side_file
from slipway.aws.sagemaker import Boto3SageMaker, SageMaker
from slipway.failure.aws import CloudWatchEndpointLogs
from slipway.failure.explain_failure import LogTails
from slipway.outcomes.aws import Boto3ResultFiles
from slipway.outcomes.result_file import ResultFiles
from slipway.planning.uploads import ReadSideFile
from slipway_local.ports import HostingFailed
from tests.contract.sagemaker.loopback import Loopback
from tests.fakes.endpoint_logs import FakeEndpointLogs
from tests.fakes.result_files import FakeResultFiles
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.storage import REGION, FakeStorage


class FakeWorld(FakeSageMaker):
    """The fake is the port; endpoints stay Creating or Updating until `settle`."""

    def __init__(self) -> None:
        super().__init__()
        self.port: SageMaker = self


class LocalWorld:
    """The adapter, over boto3 and HTTP to the local SageMaker."""

    def __init__(self, loopback: Loopback, client: Any) -> None:
        self.port: SageMaker = Boto3SageMaker(client)
        self._loopback = loopback

    def settle(self) -> None:
        self._loopback.finish()

    def fail_next(self, reason: str) -> None:
        self._loopback.hosting.failures.append(HostingFailed(reason))

    def force_status(self, endpoint_name: str, status: Any) -> None:
        self._loopback.sagemaker.force_status(endpoint_name, status)


SageMakerWorld = FakeWorld | LocalWorld


class FakeBuckets(FakeStorage):
    """The fake is every port."""

    def __init__(self) -> None:
        super().__init__()
        self.archives = self
        self.read_side_file: ReadSideFile = self.side_file
        self.result_files: ResultFiles = FakeResultFiles()


class MotoBuckets:
    """The adapters, over boto3 to moto."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.archives: Archives = Boto3Archives(client, REGION)
        self.read_side_file: ReadSideFile = partial(read_side_file, client)
        self.result_files: ResultFiles = Boto3ResultFiles(client, "models")

    def make_bucket(self, bucket: str, *, region: str = REGION, versioned: bool = False) -> None:
        elsewhere = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self._client.create_bucket(Bucket=bucket, **elsewhere)
        if versioned:
            self._client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(self, bucket: str, key: str, content: bytes) -> str | None:
        version: str | None = self._client.put_object(Bucket=bucket, Key=key, Body=content).get("VersionId")
        return version


StorageWorld = FakeBuckets | MotoBuckets


class FakeLogs(FakeEndpointLogs):
    """The fake is the port."""

    def __init__(self) -> None:
        super().__init__()
        self.port = self


class MotoLogs:
    """The adapter, over boto3 to moto."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.port: LogTails = CloudWatchEndpointLogs(client).tails

    def write(self, endpoint_name: str, stream: str, at: datetime, *lines: str) -> None:
        where = {"logGroupName": f"/aws/sagemaker/Endpoints/{endpoint_name}", "logStreamName": stream}
        self._make(where)
        events = [{"timestamp": int(at.timestamp() * 1000), "message": line} for line in lines]
        self._client.put_log_events(**where, logEvents=events)

    def _make(self, where: dict[str, str]) -> None:
        exists = self._client.exceptions.ResourceAlreadyExistsException
        with suppress(exists):
            self._client.create_log_group(logGroupName=where["logGroupName"])
        with suppress(exists):
            self._client.create_log_stream(**where)


LogsWorld = FakeLogs | MotoLogs
