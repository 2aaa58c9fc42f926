"""Random worlds keep the invariants: newest wins, nothing in use is removed, outcomes are true.

Twenty in `make test`; `SLIPWAY_WORLDS=1000 pytest -s -n0 tests/workflow/test_random_worlds.py` plays as many, from the
seed `SLIPWAY_FIRST_WORLD` on, and prints the seeds of those that violate one.
"""

from __future__ import annotations

import os
import sys

from tests.workflow.random_worlds import play, report
from tests.workflow.worlds import MakeWorld

WORLDS = int(os.environ.get("SLIPWAY_WORLDS", "20"))
FIRST = int(os.environ.get("SLIPWAY_FIRST_WORLD", "0"))


def test_random_worlds_keep_the_invariants(new_world: MakeWorld) -> None:
    wrong = []
    for seed in range(FIRST, FIRST + WORLDS):
        story = play(new_world(seed=seed, creation_seconds=[40, 240][seed % 2]), seed)
        if story.violations:
            wrong.append(report(seed, story))
            sys.stdout.write(f"{wrong[-1]}\n")
    assert wrong == []
