from __future__ import annotations

import os
import sys

import pytest
from tests import processes

from slipway_local.hosting.instance_memory import memory_mib
from slipway_local.hosting.memory import MEMORY_LIMIT, MIB, limit_memory, memory_limit
from slipway_local.hosting.usage import Usage
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


@pytest.mark.parametrize(
    ("instance_type", "gib"),
    [
        ("ml.t2.medium", 4),
        ("ml.m5.large", 8),
        ("ml.m5.xlarge", 16),
        ("ml.c5.9xlarge", 72),
        ("ml.r5.2xlarge", 64),
        ("ml.g4dn.12xlarge", 192),
        ("ml.g5.48xlarge", 768),
        ("ml.p3.2xlarge", 61),
        ("ml.inf1.6xlarge", 48),
    ],
)
def test_an_instance_has_the_memory_that_aws_lists(instance_type: str, gib: int) -> None:
    assert memory_mib(instance_type) == gib * 1024


@pytest.mark.parametrize("instance_type", [None, "", "m5.large", "ml.x99.large", "ml.m5.metal", "ml.m5"])
def test_another_is_not_known(instance_type: str | None) -> None:
    assert memory_mib(instance_type) is None


def test_usage_is_measured_since_the_last_reading() -> None:
    ticks = iter([0.0, 1.0, 2.0])
    usage = Usage(os.getpid(), 1 << 40, lambda: next(ticks))

    first = usage.look()
    second = usage.look()

    assert first is not None
    assert second is not None
    assert first.cpu > second.cpu, "the second measures the time since the first only"
    assert 0 < first.memory < 1


def test_a_process_that_has_ended_uses_nothing() -> None:
    with processes.started([sys.executable, "-c", ""]) as ended:
        ended.wait()

    assert Usage(ended.pid, 1 << 30).look() is None
