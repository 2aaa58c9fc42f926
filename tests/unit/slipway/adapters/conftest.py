"""boto3 clients whose answers are written down beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.stub import Stubber

Stub = Callable[[str], Stubber]


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Return a maker of stubbed clients; every answer that was written down has to be asked for."""
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
