"""What bench/poll_schedule.py claims, on fewer deployments; and its sums, where they can be done by hand."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from bench import poll_schedule as bench

DEPLOYMENTS = 3000


@cache
def simulated(name: str) -> dict[str, bench.Figures]:
    return bench.simulate(bench.DISTRIBUTIONS[name][0], DEPLOYMENTS)


@pytest.mark.parametrize("name", bench.DISTRIBUTIONS)
def test_every_claim_holds(name: str) -> None:
    figures = simulated(name)
    assert [claim for claim, holds in bench.claims(figures).items() if not holds] == []


def test_a_claim_that_does_not_hold_is_reported() -> None:
    late = bench.Figures(mean=20.0, p95=30.0, calls=100.0)
    figures = {"learned": late, "nothing known": late, "boto3 waiter": bench.Figures(15.0, 29.0, 20.0)}
    assert list(bench.claims(figures).values()) == [False] * 4


@pytest.mark.parametrize("name", bench.DISTRIBUTIONS)
def test_no_schedule_gets_below_the_bound(name: str) -> None:
    density, figures = bench.DISTRIBUTIONS[name][1], simulated(name)
    for unknowing in ("nothing known", "boto3 waiter", "10 s loop"):
        found = figures[unknowing]
        assert found.mean >= bench.least_lateness(density, found.calls)


def test_the_bound_leaves_no_room_for_both_aims_when_nothing_is_known() -> None:
    for draw, density in bench.DISTRIBUTIONS.values():
        waiter = bench.peer(draw, bench.PEERS["boto3 waiter"], DEPLOYMENTS)
        assert bench.least_lateness(density, waiter.calls) > bench.LATENESS_AIM


@pytest.mark.parametrize(("took", "calls", "noticed"), [(100.0, 5, 121.0), (0.0, 1, 0.2), (30.2, 2, 30.4)])
def test_the_waiter_polls_at_once_and_then_every_30_s(took: float, calls: int, noticed: float) -> None:
    at, made = bench.watch(took, bench.every(30, 0))
    assert made == calls
    assert at == pytest.approx(noticed)


@pytest.mark.parametrize("draw", [bench.lognormal, bench.uniform])
def test_creation_times_are_those_that_are_stated(draw: bench.Draw) -> None:
    random = Random(1)
    drawn = sorted(draw(random) for _ in range(2000))
    assert bench.SHORTEST <= drawn[0] <= drawn[-1] <= bench.LONGEST
    middle = bench.MEDIAN if draw is bench.lognormal else (bench.SHORTEST + bench.LONGEST) / 2
    assert drawn[1000] == pytest.approx(middle, rel=0.05)
