"""Worlds for fuzzing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workflow.worlds import MakeWorld, worlds


@pytest.fixture(scope="package")
def new_world() -> Iterator[MakeWorld]:
    """Return a maker of worlds; a new one ends the one before."""
    with worlds() as make:
        yield make
