"""Each port twice: the fake that unit tests use, and the adapter that ships, over something that speaks AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.contract.sagemaker.loopback import Loopback, serving
from tests.contract.slipway.worlds import (
    FakeBuckets,
    FakeLogs,
    FakeWorld,
    LocalWorld,
    LogsWorld,
    MotoBuckets,
    MotoLogs,
    SageMakerWorld,
    StorageWorld,
)


@pytest.fixture(scope="module")
def local() -> Iterator[tuple[Loopback, Any]]:
    """One server and one client for all tests of a module: a client takes longer to build than a test to run."""
    with serving() as loopback:
        client = loopback.client()
        yield loopback, client
        client.close()


@pytest.fixture(params=["fake", "boto3"])
def world(request: pytest.FixtureRequest) -> Iterator[SageMakerWorld]:
    if request.param == "fake":
        yield FakeWorld()
        return
    loopback, client = request.getfixturevalue("local")
    made = LocalWorld(loopback, client)
    yield made
    made.settle()
    loopback.sagemaker.reset()


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture(params=["fake", "boto3"])
def storage(request: pytest.FixtureRequest) -> StorageWorld:
    if request.param == "fake":
        return FakeBuckets()
    request.getfixturevalue("aws")
    return MotoBuckets(boto3.client("s3", region_name="us-east-1"))


@pytest.fixture(params=["fake", "boto3"])
def logs(request: pytest.FixtureRequest) -> LogsWorld:
    if request.param == "fake":
        return FakeLogs()
    request.getfixturevalue("aws")
    return MotoLogs(boto3.client("logs", region_name="us-east-1"))
