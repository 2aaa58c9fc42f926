from __future__ import annotations

import pytest
from tests.unit.slipway_local.sagemaker.world import World


@pytest.fixture
def world() -> World:
    return World()
