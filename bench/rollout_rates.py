"""A rollout of 10,000 endpoints against SageMaker's call rates: how long it takes, and how many at once help.

    python bench/rollout_rates.py [ENDPOINTS]

A simulation: no clock, a fixed seed, the same figures on every machine. SageMaker does not publish its call rates; the
two of `RATES` are assumptions, and each operation has its own. Creation times and the price of a state transition are
those of bench/poll_schedule.py, the waits those of the workflow. The other calls are those that a first deployment made
in virtual time (tests/workflow). A call over its rate is made when the rate allows it, and counts as delayed where that
is more than a second later. Exit code 1 if one of the claims does not hold.
"""

from __future__ import annotations

import heapq
import sys
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "functions"))

from bench.poll_schedule import PRICE, SEED, lognormal

from slipway.hosting.poll_schedule import poll_schedule
from slipway.rollouts.plan_rollout import DEFAULT_CONCURRENCY

RATES = {"Create": 4.0, "Describe": 10.0}  # calls a second, of each operation
DEADLINE = 3600.0
# Beside the polls: the operations in order, with the seconds of the functions around them.
BEFORE = (("ListTags", 4.0), ("ListEndpointConfigs", 1.0), ("CreateModel", 2.0), ("CreateEndpointConfig", 2.0))
START = (("DescribeEndpoint", 1.0), ("CreateEndpoint", 1.0))
AFTER = (("ListEndpointConfigs", 1.0), ("DescribeEndpointConfig", 1.0), ("AddTags", 1.0), ("AddTags", 0.5))
LAMBDA_SECONDS = 12.0  # of all functions of a deployment
TRANSITIONS = 27  # of a deployment and its child execution, beside three a poll
AT_ONCE = (20, 50, 100, 200, 300, 500, 1000)
SELDOM = 0.01
CHILD_STARTS = 100.0  # a second (Step Functions developer guide, "Quotas": Distributed Map, Standard)


@dataclass(frozen=True)
class Figures:
    """Of one rollout: hours, the share of calls that were delayed, seconds that a deployment takes, polls of one."""

    hours: float
    delayed: float
    seconds: float
    polls: float

    @property
    def dollars(self) -> float:
        """Return what the transitions cost for 1,000 endpoints."""
        return (TRANSITIONS + 3 * self.polls) * PRICE * 1000


class Rates:
    """When each operation's next call may be made."""

    def __init__(self) -> None:
        self._next: dict[str, float] = defaultdict(float)
        self.calls = 0
        self.delayed = 0
        self.polls = 0

    def poll(self, now: float) -> float:
        """Return when a poll is made that is wanted now."""
        self.polls += 1
        return self.call("DescribeEndpoint", now)

    def call(self, operation: str, now: float) -> float:
        """Return when a call is made that is wanted now."""
        rate = RATES["Create" if operation.startswith(("Create", "Add")) else "Describe"]
        at = max(now, self._next[operation])
        self._next[operation] = at + 1 / rate
        self.calls += 1
        self.delayed += at - now > 1
        return at


def deployment(now: float, random: Random, rates: Rates) -> Generator[float, None, None]:
    """Yield the instants at which a first deployment goes on, which knows nothing of its creation time."""
    for operation, seconds in (*BEFORE, *START):
        yield now
        now = rates.call(operation, now) + seconds
    created = now + lognormal(random)
    schedule = poll_schedule(None, DEADLINE)
    for wait in chain(schedule, repeat(schedule[-1])):
        yield now + wait
        now = rates.poll(now + wait)
        if now >= created:
            break
    for operation, seconds in AFTER:
        yield now
        now = rates.call(operation, now) + seconds
    yield now


def simulate(endpoints: int, at_once: int) -> Figures:
    """Roll out: of those under way, the one goes on that is due first."""
    random, rates = Random(SEED), Rates()
    begins = iter(range(endpoints))
    under_way: list[tuple[float, int, float, Generator[float, None, None]]] = []

    def begin(now: float, count: int) -> None:
        for number in islice(begins, count):
            at = max(now, number / CHILD_STARTS)
            heapq.heappush(under_way, (at, number, at, deployment(at, random, rates)))

    begin(0.0, at_once)
    last = total = 0.0
    while under_way:
        now, number, begun, one = heapq.heappop(under_way)
        due = next(one, None)
        if due is not None:
            heapq.heappush(under_way, (due, number, begun, one))
            continue
        last, total = max(last, now), total + now - begun
        begin(now, 1)
    return Figures(last / 3600, rates.delayed / rates.calls, total / endpoints, rates.polls / endpoints)


def main(endpoints: int) -> int:
    """Print, and return 0 where the default is free of delays, and the largest number is not."""
    print(f"{endpoints:,} endpoints; calls a second, of each operation: {RATES}")
    print("MaxConcurrency    hours  delayed calls  a deployment  Lambda at once  $ of 1,000")
    found = {}
    for at_once in AT_ONCE:
        figures = found[at_once] = simulate(endpoints, at_once)
        functions = at_once * LAMBDA_SECONDS / figures.seconds
        print(
            f"{at_once:14}  {figures.hours:7.1f}  {figures.delayed:12.1%}  {figures.seconds:10.0f} s"
            f"  {functions:14.1f}  {figures.dollars:10.2f}"
        )
    undelayed = [at_once for at_once, figures in found.items() if figures.delayed <= SELDOM]
    print(f"at most {SELDOM:.0%} of the calls are delayed up to MaxConcurrency {max(undelayed)}")
    return int(not (DEFAULT_CONCURRENCY in undelayed and found[AT_ONCE[-1]].delayed > SELDOM))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2] or ["10000"])))
