"""Shares of the variants of an endpoint: those that are named, and what the others share."""

from __future__ import annotations

from typing import Any

import pytest

from slipway_cli.sdk.weights import ShiftUnfinished, WeightsRefused, shares, shift, wait_for_shift


class Target:
    """An endpoint with the variants A and B, which is Updating for so many reads."""

    def __init__(self, busy: int = 0) -> None:
        self.busy = busy
        self.changed: list[dict[str, Any]] = []

    def client(self, _service: str) -> Target:
        return self

    def pause(self, _seconds: float) -> float:
        return 0.2

    def describe_endpoint(self, **_: str) -> dict[str, Any]:
        self.busy -= 1
        variants = [{"VariantName": name, "DesiredWeight": weight} for name, weight in (("A", 0.9), ("B", 0.1))]
        return {"EndpointStatus": "Updating" if self.busy >= 0 else "InService", "ProductionVariants": variants}

    def update_endpoint_weights_and_capacities(self, **request: Any) -> None:
        self.changed.append(request)


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        ({"A": 0.9, "B": 0.1}, {"B": 20}, {"A": 80, "B": 20}),
        ({"A": 3, "B": 1, "C": 2}, {"C": 20}, {"A": 60, "B": 20, "C": 20}),
        ({"A": 0, "B": 0, "C": 1}, {"C": 50}, {"A": 25, "B": 25, "C": 50}),
        ({"A": 1, "B": 1}, {"A": 100, "B": 0}, {"A": 100, "B": 0}),
        ({"A": 1, "B": 1}, {"A": 100}, {"A": 100, "B": 0}),
        ({"A": 1}, {"A": 100}, {"A": 100}),
    ],
    ids=str,
)
def test_the_others_share_what_is_left_as_before(
    current: dict[str, float], wanted: dict[str, float], expected: dict[str, float]
) -> None:
    assert shares(current, wanted) == expected


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"C": 20}, "There is no variant C: the endpoint has A and B"),
        ({"A": 90, "B": 20}, "110 percent together, but must be 100"),
        ({"A": 70, "B": 20}, "90 percent together, but must be 100"),
        ({"A": 120}, "120 percent together, but must be at most 100"),
    ],
)
def test_shares_that_cannot_be_are_refused(wanted: dict[str, float], words: str) -> None:
    with pytest.raises(WeightsRefused, match=words):
        shares({"A": 1, "B": 1}, wanted)


def test_every_weight_is_sent_in_one_call() -> None:
    target: Any = Target()

    assert shift(target, "e", {"B": 20}) == {"A": 80, "B": 20}

    weights = [{"VariantName": "A", "DesiredWeight": 80}, {"VariantName": "B", "DesiredWeight": 20}]
    assert target.changed == [{"EndpointName": "e", "DesiredWeightsAndCapacities": weights}]


def test_the_end_of_the_change_is_waited_for_as_long_as_it_may_take() -> None:
    slept: list[float] = []
    target: Any = Target(busy=3)
    wait_for_shift(target, "e", slept.append)
    stuck: Any = Target(busy=10**6)

    assert len(slept) == 3
    with pytest.raises(ShiftUnfinished, match="still Updating after 900 s"):
        wait_for_shift(stuck, "e", slept.append)
