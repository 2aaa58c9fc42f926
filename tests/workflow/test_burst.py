"""A burst of uploads whose events come late, out of order and more than once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from tests.conventions.project import Json
from tests.workflow.inventory import inventory, served_archive
from tests.workflow.virtual_time import START
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

UPLOADS_EACH = 5
SECONDS = 100.0  # from the first upload to the last
LATEST = 120.0  # seconds between an upload and its event


@pytest.mark.parametrize(
    ("endpoints", "keys"),
    [
        pytest.param(10, 1, id="one-key"),
        pytest.param(20, 3, id="several-keys", marks=pytest.mark.full),
    ],
)
def test_every_endpoint_ends_on_its_newest_archive(
    new_world: MakeWorld, request: pytest.FixtureRequest, endpoints: int, keys: int
) -> None:
    world, random = new_world(seed=500), Random(500)
    events = upload_in_a_burst(world, random, endpoints, keys)
    outcomes = Counter(execution.outcome for execution in world.executions)
    request.node.add_report_section("call", "burst", figures(world, outcomes, endpoints, keys))
    assert len(world.executions) == UPLOADS_EACH * endpoints + endpoints
    assert {execution.status for execution in world.executions} == {"SUCCEEDED"}, outcomes
    newest = {endpoint_of(event): event["detail"]["object"]["etag"] for event in events}
    assert len(newest) == endpoints
    assert {name: served_archive(world.sagemaker, name) for name in newest} == newest
    there = inventory(world.sagemaker)
    assert {status for status, _ in there.endpoints.values()} == {"InService"}
    assert there.orphans() <= announced(world), "nothing else is left"


def endpoint_of(event: Json) -> str:
    return str(event["detail"]["object"]["key"].split("/")[1])


def announced(world: World) -> set[str]:
    """Return the models and configurations that were in service once, which are kept for going back to."""
    outputs = [execution.output for execution in world.executions if execution.status == "SUCCEEDED"]
    return {output[name] for output in outputs for name in ("ModelName", "EndpointConfigName")}


def upload_in_a_burst(world: World, random: Random, endpoints: int, keys: int) -> list[Json]:
    """Upload, and start an execution for each event when it arrives; return the events in the order of uploads.

    The uploads to one endpoint are twenty seconds apart: within one second S3 orders those of one key only. As many
    events as there are endpoints arrive twice.
    """
    events: list[Json] = []
    uploads = UPLOADS_EACH * endpoints
    between = SECONDS / uploads
    names = [f"burst-{number}" for number in random.sample(range(endpoints), endpoints)]
    paths = [f"models/{names[number % endpoints]}/{random.randrange(keys)}.tar.gz" for number in range(uploads)]
    again = set(random.sample(range(uploads), endpoints))
    arrivals: list[tuple[float, int]] = []
    for number in range(uploads):
        copies = 2 if number in again else 1
        arrivals += [(number * between + random.uniform(0.5, LATEST), number) for _ in range(copies)]
    moments = sorted(
        [(number * between, 0, number) for number in range(uploads)]
        + [(moment, 1, number) for moment, number in arrivals]
    )
    for moment, is_arrival, number in moments:
        world.run(START + timedelta(seconds=moment))
        if is_arrival:
            world.start(events[number])
        else:
            events.append(world.upload(paths[number], f"{number}"))
    world.run()
    world.settle()
    return events


def figures(world: World, outcomes: Counter[str], endpoints: int, keys: int) -> str:
    """Return what the burst cost."""
    calls = Counter(call.service for call in world.calls)
    seconds = (world.time.now() - START).total_seconds()
    kept = inventory(world.sagemaker)
    old = kept.orphans()
    return (
        f"{UPLOADS_EACH * endpoints} uploads to {endpoints} endpoints, {keys} keys each: settled after "
        f"{seconds:.0f} s of virtual time, {sum(calls.values())} API calls {dict(calls)}, outcomes {dict(outcomes)}, "
        f"{len(kept.models)} models and {len(kept.configs)} configurations, of which earlier versions {len(old)}"
    )
