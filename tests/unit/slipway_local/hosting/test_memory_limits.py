from __future__ import annotations

import sys

import pytest
from tests import processes

from slipway_local.hosting.memory import MEMORY_LIMIT, MIB, limit_memory, memory_limit
from slipway_local.ports import HostingFailed


def test_a_container_has_the_default_unless_its_environment_says_otherwise() -> None:
    assert memory_limit({}, 8192) == 8192 * MIB
    assert memory_limit({MEMORY_LIMIT: "512"}, 8192) == 512 * MIB


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "2GB", " 1"])
def test_a_limit_that_is_no_number_is_named(value: str) -> None:
    with pytest.raises(HostingFailed) as refused:
        memory_limit({MEMORY_LIMIT: value}, 8192)

    assert str(refused.value) == (
        f'SLIPWAY_CONTAINER_MEMORY_MIB of the model\'s Environment must be a number of MiB; it is "{value}".'
    )


def test_a_process_that_has_ended_needs_no_limit() -> None:
    with processes.started([sys.executable, "-c", ""]) as ended:
        assert ended.wait() == 0

    limit_memory(ended.pid, MIB)
