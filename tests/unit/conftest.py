"""boto3 clients whose responses are declared beforehand, and the fake SageMaker."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.stub import Stubber

from tests.fakes.sagemaker import FakeSageMaker

Stub = Callable[[str], Stubber]


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Return a factory of stubbed clients; every declared response must be requested."""
    stubbers: list[Stubber] = []

    def stubbed(service: str) -> Stubber:
        client = boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        stubbers.append(Stubber(client))
        stubbers[-1].activate()
        return stubbers[-1]

    yield stubbed
    for stubber in stubbers:
        stubber.assert_no_pending_responses()
        stubber.client.close()


@pytest.fixture
def sagemaker() -> FakeSageMaker:
    return FakeSageMaker()
