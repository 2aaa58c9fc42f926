"""Each call of idle cleanup gone wrong in each way: nothing is wrongly deleted, the run reports, the next completes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.workflow.failures import FunctionKilled
from tests.workflow.faults import FOR_GOOD, Kind, Order
from tests.workflow.idle_cleanup import NAME, clean_up
from tests.workflow.inventory import inventory
from tests.workflow.test_idle_cleanup import BOUNDS, DAYS, deploy
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

# botocore tries three times, and the run itself eight times that. A lost response is also a 5xx error, and more than
# one is more than one; tests/permissions denies each call.
FAULTS = (
    pytest.param("throttled", FOR_GOOD, marks=pytest.mark.full),
    pytest.param("response lost", 3, marks=pytest.mark.full),
    ("killed after", 1),
)
STAYS = {"busy", "precious", "young"}
KEPT_DAYS = 30


class Scene:
    """An account with one idle endpoint, three that stay, and unused versions; cleaned up many times."""

    def __init__(self, new_world: MakeWorld) -> None:
        self._new_world = new_world
        self._origin = new_world()
        self._prepare(self._origin)

    def world(self) -> World:
        """Return a new world in which everything is prepared."""
        world = self._new_world()
        world.take_over(self._origin)
        return world

    def _prepare(self, world: World) -> None:
        self.config = deploy(world, EndpointName="idle", AutoScaling=BOUNDS)["EndpointConfigName"]
        deploy(world, EndpointName="precious", Protected=True)
        deploy(world, "old", EndpointName="busy")
        # Beyond the kept versions, and wanted again where the stack keeps fewer.
        self.unused = deploy(world, "older", EndpointName="busy")
        world.time.pass_((KEPT_DAYS + 1) * DAYS)
        deploy(world, "new", EndpointName="busy")
        world.time.pass_(2 * DAYS)
        deploy(world, EndpointName="young")
        world.services.idle.invoked["busy"] = [world.time.now() - timedelta(minutes=5)]
        world.settle()


@pytest.fixture(scope="module")
def scene(new_world: MakeWorld) -> Scene:
    return Scene(new_world)


def run(world: World) -> dict[str, Any]:
    report = clean_up(world, keep_versions=1, unused_retention_days=KEPT_DAYS)
    world.settle()
    return report


def rows(world: World) -> Iterator[tuple[str, int]]:
    """Yield the calls of a run that nothing disturbs: each operation, and how often it was called before."""
    world.calls.clear()
    run(world)
    seen: Counter[str] = Counter()
    for call in world.calls:
        if call.state == NAME:
            yield call.name, seen[call.name]
            seen[call.name] += 1


def wake_inputs(world: World) -> list[dict[str, str]]:
    details = (json.loads(entry["Detail"]) for entry in world.services.announced)
    return [detail["WakeInput"] for detail in details if "WakeInput" in detail]


def wrong(world: World, scene: Scene) -> str:
    """Return what idle cleanup must not have done; empty if all is well."""
    there = inventory(world.sagemaker)
    if not set(there.endpoints) >= STAYS:
        return f"deleted {STAYS - set(there.endpoints)}"
    used = there.in_use()
    if used.models - there.models:
        return f"removed what is used: {used.models - there.models}"
    if scene.config not in there.configs or not there.configs[scene.config] <= there.models:
        return "removed what wakes the idle endpoint"
    return ""


def disturbed(scene: Scene, operation: str, skip: int, kind: Kind, count: int) -> str:
    """Return what is wrong after a run with one call gone wrong, and a next one with none."""
    world = scene.world()
    world.orders.append(Order(kind, NAME, operation, skip, count))
    try:
        report = run(world)
        assert report["EndedAt"]
    except FunctionKilled:
        world.settle()
    if found := wrong(world, scene):
        return found
    world.orders.clear()
    world.time.pass_(3600)
    report = run(world)
    if not report["IsComplete"]:
        return f"the next run is not complete: {report['Warnings']}"
    if "idle" in inventory(world.sagemaker).endpoints:
        return f"the next run leaves the idle endpoint: {report}"
    if {"EndpointName": "idle", "EndpointConfigName": scene.config} not in wake_inputs(world):
        return "no announcement"
    if scene.unused["EndpointConfigName"] in inventory(world.sagemaker).configs:
        return "the next run leaves what is unused"
    return wrong(world, scene)


@pytest.mark.parametrize(("kind", "count"), FAULTS)
def test_every_call_may_go_wrong_in_every_way(scene: Scene, kind: Kind, count: int) -> None:
    calls = list(dict.fromkeys(rows(scene.world())))
    assert len(calls) > 20

    found = {(operation, skip): disturbed(scene, operation, skip, kind, count) for operation, skip in calls}

    assert {cell: what for cell, what in found.items() if what} == {}


def test_a_deletion_whose_answer_was_lost_is_announced_by_the_next_run_and_only_once(scene: Scene) -> None:
    world = scene.world()
    world.orders.append(Order("response lost", NAME, "sagemaker:DeleteEndpoint", count=3))
    first = run(world)
    announced = wake_inputs(world)
    world.time.pass_(3600)

    second, third = run(world), run(world)

    assert (first["IsComplete"], announced) == (False, [])
    assert (second["AnnouncedLate"], third["AnnouncedLate"]) == (["idle"], [])
    assert len(wake_inputs(world)) == 1


def test_a_mark_of_a_deletion_that_never_happened_is_taken_back(scene: Scene) -> None:
    world = scene.world()
    world.orders.append(Order("access denied", NAME, "sagemaker:DeleteEndpoint", count=FOR_GOOD))
    run(world)
    world.services.idle.invoked["idle"] = [world.time.now()]
    world.time.pass_(3600)

    report = run(world)

    found = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": scene.config})
    tags = world.sagemaker.call("ListTags", {"ResourceArn": found["EndpointConfigArn"]})["Tags"]
    assert "slipway:idle-deleted-at" not in {tag["Key"] for tag in tags}
    assert (report["Verdicts"]["Active"], wake_inputs(world)) == (2, [])
