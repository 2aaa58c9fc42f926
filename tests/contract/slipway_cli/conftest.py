"""One server and one client for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.sagemaker.loopback import Loopback, serving
from tests.contract.slipway_cli.account import ClientAccount


@pytest.fixture(scope="module")
def local() -> Iterator[tuple[Loopback, Any]]:
    with serving() as loopback:
        client = loopback.client()
        yield loopback, client
        client.close()


@pytest.fixture
def account(local: tuple[Loopback, Any]) -> Iterator[ClientAccount]:
    loopback, client = local
    made = ClientAccount(loopback, client)
    yield made
    loopback.finish()
    loopback.sagemaker.clear_faults()
    loopback.sagemaker.reset()
    loopback.requests.clear()
