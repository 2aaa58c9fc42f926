"""How late InService is noticed, and what asking costs: our schedule against boto3's waiter, the SDK and a 10 s loop.

    python bench/poll_schedule.py [DEPLOYMENTS]

A simulation: no clock, fixed seeds, the same figures on every machine. Creation times are stated below; a call takes
`CALL_SECONDS`. Exit code 1 if one of the `claims` does not hold.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count, repeat
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "functions"))

from slipway.hosting.poll_schedule import poll_schedule

SHORTEST, LONGEST = 180.0, 1500.0  # seconds: 3 to 25 minutes, as seen in public logs
MEDIAN, SPREAD = 510.0, 0.45  # seconds, and the deviation of the logarithm: both ends are 1 in 100
JITTERS = (0.10, 0.125, 0.15)  # how far a run is from the one before: deviation of the logarithm
MORE_JITTER = 0.20  # shown, and not claimed
CALL_SECONDS = 0.2
DEADLINE = 8 * 3600.0
TRANSITIONS = 3  # Wait, DescribeEndpoint, IsEndpointInService
PRICE = 0.025 / 1000  # dollars for a transition of a Standard workflow (aws.amazon.com/step-functions/pricing)
LATENESS_AIM = 5.0  # seconds, mean
SEED = 20261101

Draw = Callable[[Random], float]
Waits = Callable[[], Iterator[float]]


@dataclass(frozen=True)
class Figures:
    """Of many deployments: lateness in seconds, calls a deployment."""

    mean: float
    p95: float
    calls: float

    @property
    def transitions(self) -> float:
        """Return what the calls are in state transitions, were they all made by a workflow."""
        return self.calls * TRANSITIONS


def lognormal(random: Random) -> float:
    return _within(lambda: random.lognormvariate(math.log(MEDIAN), SPREAD))


def uniform(random: Random) -> float:
    return random.uniform(SHORTEST, LONGEST)


def _within(draw: Callable[[], float]) -> float:
    return next(value for value in iter(draw, None) if SHORTEST <= value <= LONGEST)


def every(seconds: float, first: float) -> Waits:
    """Return a loop: its first call after `first` seconds, the others `seconds` after the one before."""
    return lambda: chain([first], repeat(seconds))


def slipway(expected: int | None) -> Waits:
    waits = poll_schedule(expected, DEADLINE)
    return lambda: chain(waits, repeat(waits[-1]))


def watch(took: float, waits: Waits) -> tuple[float, int]:
    """Return when a creation that `took` so long is noticed, in seconds from its start, and the calls made."""
    now = 0.0
    for calls, wait in zip(count(1), waits(), strict=False):
        now += wait
        if now >= took:
            return now + CALL_SECONDS, calls
        now += CALL_SECONDS
    raise AssertionError("waits do not end")


def peer(draw: Draw, waits: Waits, deployments: int) -> Figures:
    """Watch each deployment in the same way."""
    random = Random(SEED)
    return _figures([(took, watch(took, waits)) for took in (draw(random) for _ in range(deployments))])


def learned(draw: Draw, jitter: float, deployments: int, band: tuple[float, float] = (0.0, math.inf)) -> Figures:
    """Each endpoint is deployed twice; the second time it is known when the first was noticed.

    `band` narrows the second creation's time.
    """
    random, seen = Random(SEED), []
    for _ in range(deployments):
        usual = draw(random)
        first, second = (_run(usual, jitter, random) for _ in range(2))
        noticed, _ = watch(first, slipway(None))
        if band[0] <= second < band[1]:
            seen.append((second, watch(second, slipway(round(noticed)))))
    return _figures(seen)


def _run(usual: float, jitter: float, random: Random) -> float:
    # Two runs that each differ so much from what is usual differ from each other by `jitter`.
    return _within(lambda: usual * math.exp(random.gauss(0.0, jitter / math.sqrt(2))))


def _figures(seen: list[tuple[float, tuple[float, int]]]) -> Figures:
    late = [noticed - took for took, (noticed, _) in seen]
    calls = [calls for _, (_, calls) in seen]
    return Figures(statistics.mean(late), statistics.quantiles(late, n=20)[-1], statistics.mean(calls))


def least_lateness(density: Callable[[float], float], calls: float) -> float:
    """Return the mean lateness below which no schedule gets with so many calls, whatever it knows of the density.

    Calling at the rate r(t) costs the integral of S r calls (S: not yet InService) and is late by the integral of
    f / 2r. By Cauchy and Schwarz their product is at least half the square of the integral of sqrt(f S).
    """
    steps = [SHORTEST + second for second in range(int(LONGEST - SHORTEST))]
    weights = [density(at) for at in steps]
    total, left, integral = sum(weights), 1.0, 0.0
    for weight in weights:
        integral += math.sqrt(weight / total * left)
        left = max(0.0, left - weight / total)
    return integral**2 / 2 / calls


def lognormal_density(at: float) -> float:
    return math.exp(-0.5 * (math.log(at / MEDIAN) / SPREAD) ** 2) / at


def uniform_density(_at: float) -> float:
    return 1.0


DISTRIBUTIONS: dict[str, tuple[Draw, Callable[[float], float]]] = {
    "lognormal": (lognormal, lognormal_density),
    "uniform": (uniform, uniform_density),
}
PEERS = {"boto3 waiter": every(30, 0), "SageMaker SDK": every(30, 0), "10 s loop": every(10, 10)}


def simulate(draw: Draw, deployments: int) -> dict[str, Figures]:
    """Return the figures by name."""
    ours = {f"learned, {jitter:.1%} jitter": learned(draw, jitter, deployments) for jitter in JITTERS}
    ours[f"{MORE_JITTER:.1%} jitter"] = learned(draw, MORE_JITTER, deployments)
    ours["nothing known"] = peer(draw, slipway(None), deployments)
    return ours | {name: peer(draw, waits, deployments) for name, waits in PEERS.items()}


def claims(figures: dict[str, Figures]) -> dict[str, bool]:
    """Return what is claimed, and whether it holds."""
    waiter = figures["boto3 waiter"]
    known = [found for name, found in figures.items() if name.startswith("learned")]
    unknown = figures["nothing known"]
    return {
        f"learned: at most {LATENESS_AIM:g} s late on average": all(found.mean <= LATENESS_AIM for found in known),
        "learned: no more calls than the boto3 waiter": all(found.calls <= waiter.calls for found in known),
        "nothing known: no more calls than the boto3 waiter": unknown.calls <= waiter.calls,
        "nothing known: less late than the boto3 waiter": unknown.mean < waiter.mean,
    }


def main() -> int:
    deployments = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    held = True
    for name, (draw, density) in DISTRIBUTIONS.items():
        figures = simulate(draw, deployments)
        print(f"\nCreation times {name}, {SHORTEST:g} to {LONGEST:g} s; {deployments:,} deployments\n")
        print(f"{'':24}{'mean late':>10}{'95 %':>8}{'calls':>8}{'transitions':>13}{'price':>11}")
        for row, found in figures.items():
            price = f"${found.transitions * PRICE:.5f}"
            times = f"{found.mean:8.1f} s{found.p95:6.1f} s"
            print(f"{row:24}{times}{found.calls:8.1f}{found.transitions:13.1f}{price:>11}")
        calls = figures["boto3 waiter"].calls
        least, needed = least_lateness(density, calls), least_lateness(density, LATENESS_AIM)
        print(f"\nNothing known: with {calls:.1f} calls, as the waiter's, no schedule is less than {least:.1f} s late,")
        print(f"and it takes {needed:.1f} calls at least to be {LATENESS_AIM:g} s late: both aims cannot hold.")
        for claim, holds in claims(figures).items():
            held = held and holds
            print(f"{'holds ' if holds else 'MISSED'}  {claim}")
    print("\nThe waiter and the SDK wait in a process of their own; their transitions are those of a 30 s loop.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
