from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contract.engine.laptop import Laptop


@pytest.fixture(scope="session")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """The engine that all tests share; those that end or reset one start their own."""
    shared = Laptop(tmp_path_factory.mktemp("engine"))
    shared.engine.start()
    yield shared
    shared.engine.stop()


@pytest.fixture(scope="session")
def role(laptop: Laptop) -> str:
    return laptop.role()


@pytest.fixture(scope="session")
def echo(laptop: Laptop, role: str) -> str:
    """An endpoint that is InService and answers what it is asked."""
    laptop.endpoint("echo", role)
    return "echo"
