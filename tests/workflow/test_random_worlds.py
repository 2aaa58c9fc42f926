"""Random worlds keep the invariants: newest wins, nothing in use is removed, outcomes are true.

Five in `make test`, twenty-five in `make check`, and a fifth as many whose endpoints are long in creating;
`SLIPWAY_WORLDS=1000` plays as many of both, from the seed `SLIPWAY_FIRST_WORLD` on, `-k usual` or `-k slow` those of
one kind, and with `-s` the seeds and those that violate one are printed.
"""

from __future__ import annotations

import json
import os
import sys
from random import Random

import pytest
from hypothesis import settings

from tests.workflow.random_worlds import (
    ENDPOINTS,
    PACES,
    SLOW,
    TURNS,
    USUAL,
    Pace,
    Story,
    act,
    let_containers_fail,
    prepare,
)
from tests.workflow.worlds import MakeWorld
from tests.workflow.worlds_deletions import Deletions
from tests.workflow.worlds_oracle import in_use_violations, violations, violations_at_rest

WORLDS = int(os.environ.get("SLIPWAY_WORLDS", "0"))
FIRST = int(os.environ.get("SLIPWAY_FIRST_WORLD", "0"))


@pytest.mark.parametrize("pace", PACES.values(), ids=PACES)
def test_random_worlds_keep_the_invariants(new_world: MakeWorld, pace: Pace) -> None:
    wrong, count = [], WORLDS or settings().max_examples // (20 if pace is SLOW else 4)
    for seed in range(FIRST, FIRST + count):
        story = play(new_world, seed, pace)
        if story.violations:
            wrong.append(report(seed, story))
            sys.stdout.write(f"{wrong[-1]}\n")
    sys.stdout.write(f"{count} worlds, seeds {FIRST} to {FIRST + count - 1}, {len(wrong)} with violations\n")
    assert wrong == []


def play(new_world: MakeWorld, seed: int, pace: Pace = USUAL) -> Story:
    """Let a random sequence happen in a new world, and check each deletion, each rest and the end."""
    theme = TURNS[seed % len(TURNS)]
    keep = seed % 3 + 1 if theme != "by hand" else 1
    world = new_world(
        seed=seed, creation_seconds=pace.creation_seconds[seed % 2], variables={"KEEP_VERSIONS": str(keep)}
    )
    random, story = Random(seed), Story(keep, theme, pace)
    world.witness = Deletions(world, story)
    prepare(world, random, story)
    if random.random() < 0.4:
        for endpoint in ENDPOINTS:
            if random.random() < 0.5:
                let_containers_fail(world, story, endpoint, random)
    for _ in range(pace.steps):
        act(world, random, story)
        if story.is_at_rest():
            world.settle()
            story.violations += violations_at_rest(world, story)
        world.run_for(random.choice(pace.pauses))
        story.violations += in_use_violations(world)
    world.run()
    world.settle()
    story.violations += [*in_use_violations(world), *violations(world, story)]
    return story


def report(seed: int, story: Story) -> str:
    """Return a violated world in words."""
    ends = [f"{one.endpoint}:{one.content}:{one.config or one.folder}={one.execution.outcome}" for one in story.asked]
    found = {
        "seed": seed,
        "theme": story.theme,
        "acts": story.acts,
        "ends": ends,
        "violations": sorted(set(story.violations)),
    }
    return json.dumps(found)
