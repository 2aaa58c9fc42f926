"""Rollouts: planned, deployed in waves, and summarized."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.permissions.guard import PolicyGuard
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.surroundings import archive
from tests.workflow.world import ROLLOUTS_ARN, World

MANIFEST = "rollouts/fleet.jsonl"
LINE = {
    "EndpointName": "digits",
    "ModelDataUrl": f"s3://{MODEL_BUCKET}/fleet/model.tar.gz",
    "Framework": "sklearn",
    "FrameworkVersion": "1.2-1",
    "InstanceType": "ml.m5.large",
}
Result = dict[str, Any]
Run = Callable[[PolicyGuard], Result]


def runs(new_world: Callable[..., World]) -> Iterator[tuple[str, Run]]:
    """Yield a rollout of one endpoint, and one whose manifest is not there, each of them twice."""
    yield "rollout", _run(new_world, json.dumps(LINE).encode())
    yield "rollout without a manifest", _run(new_world, None)


def _run(new_world: Callable[..., World], manifest: bytes | None) -> Run:
    def run(guard: PolicyGuard) -> Result:
        world = new_world()
        world.put("fleet/model.tar.gz", archive("fleet"))
        if manifest:
            world.put(MANIFEST, manifest)
        guard.check(world)
        # Functions stay warm: the quota that the first rollout has found, the second reads by its code.
        first, execution = (
            world.deploy({"ManifestUrl": f"s3://{MODEL_BUCKET}/{MANIFEST}"}, ROLLOUTS_ARN) for _ in range(2)
        )
        found = sorted(world.buckets.keys("rollouts/"))
        plans = [world.buckets.read(f"s3://{MODEL_BUCKET}/{key}") for key in found if key.endswith("plan.json")]
        return {
            "Outcome": execution.outcome,
            "warnings": [json.loads(plan)["Warnings"] for plan in plans],
            "output": execution.output,
            "first": first.outcome,
            "endpoints": sorted(world.there().endpoints),
            "files": found,
            "events": [entry["DetailType"] for entry in world.services.announced],
            "hints": [json.loads(entry["Detail"]).get("Hint") for entry in world.services.announced],
        }

    return run
