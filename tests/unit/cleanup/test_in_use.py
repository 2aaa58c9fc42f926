"""What the endpoints of the account use, whoever made them."""

from __future__ import annotations

import pytest

from slipway.aws.retry import Retrier
from slipway.cleanup.in_use import ResourcesInUse, TooManyEndpoints
from tests.fakes.idle_account import FakeEndpoint
from tests.fakes.idle_deletion import FakeIdleStack


def live(stack: FakeIdleStack, most: int = 10) -> ResourcesInUse:
    retrier = Retrier(lambda: 900.0, lambda seconds: None, lambda longest: 0.0)
    return ResourcesInUse(stack, stack.configs, stack.aws().sagemaker, retrier, most)


def test_what_an_endpoint_made_by_hand_serves_is_in_use() -> None:
    stack = FakeIdleStack(FakeEndpoint("Digits"))
    used = live(stack)
    used.read()

    assert used.has("Digits-0f1e2d3c4b5a", "somebody")
    assert not used.has("digits-111111111111", "somebody")


def test_more_endpoints_than_may_be_described_are_too_many() -> None:
    stack = FakeIdleStack(FakeEndpoint("one"), FakeEndpoint("two"))

    live(stack, most=2).read()
    with pytest.raises(TooManyEndpoints, match="2 endpoints were not deployed by Slipway, and 1 at most"):
        live(stack, most=1).read()
