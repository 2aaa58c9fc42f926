from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.contract.sagemaker.loopback import Loopback, serving


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with serving() as server:
        yield server


@pytest.fixture
def client(loopback: Loopback) -> Iterator[Any]:
    boto3_client = loopback.client()
    yield boto3_client
    boto3_client.close()
