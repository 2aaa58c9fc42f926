from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.fakes.services import FakeServices
from tests.unit.entrypoints.chain import services_with_the_archive


@dataclass
class FakeContext:
    """What Powertools reads of a Lambda context."""

    function_name: str = "slipway-CreateModel"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111122223333:function:slipway-CreateModel"
    aws_request_id: str = "a3de505e-f16b-42f4-b3e6-bcd2e4a73903"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture
def context() -> Any:
    return FakeContext()


@pytest.fixture
def services() -> FakeServices:
    return services_with_the_archive()
