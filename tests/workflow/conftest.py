"""Worlds for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld, worlds


@pytest.fixture(scope="package")
def new_world() -> Iterator[MakeWorld]:
    """Return a maker of worlds; a new one ends the one before."""
    with worlds() as make:
        yield make


@pytest.fixture
def world(new_world: MakeWorld) -> World:
    """Return a new world."""
    return new_world()
