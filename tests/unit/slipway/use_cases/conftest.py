from __future__ import annotations

import pytest

from tests.fakes.sagemaker import FakeSageMaker


@pytest.fixture
def sagemaker() -> FakeSageMaker:
    return FakeSageMaker()
