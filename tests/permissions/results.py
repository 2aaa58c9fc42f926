"""Uploads that deploy nothing: their results, and the bound on endpoints that uploads create."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slipway.deployment.settings import Settings
from slipway.errors import SlipwayError
from slipway.outcomes.write_missing_result import write_missing_result
from tests.permissions.guard import PolicyGuard
from tests.workflow.deployed_stack import environment_of
from tests.workflow.tasks import WiredServices
from tests.workflow.world import World

FUNCTION = "WriteMissingResult"
STRAY = (
    ("upload in no folder", "models/model.tar.gz", b"weights"),
    ("no archive", "models/digits/model.joblib", b"weights"),
    ("data in no folder", "batch/rows.csv", b"1"),
    ("data outside input/", "batch/digits/rows.csv", b"1"),
    ("empty data", "batch/digits/input/rows.csv", b""),
)
Result = dict[str, Any]
Run = Callable[[PolicyGuard], Result]


def runs(new_world: Callable[..., World]) -> Iterator[tuple[str, Run]]:
    """Yield the uploads that start nothing, by name: each of them twice."""
    for name, key, content in STRAY:
        yield name, _run(new_world, key, content)
    yield "upload beyond the bound", _beyond_the_bound(new_world)


def _beyond_the_bound(new_world: Callable[..., World]) -> Run:
    def run(guard: PolicyGuard) -> Result:
        world = new_world(variables={"MAX_UPLOADED_ENDPOINTS": "1"})
        config = world.deploy(world.upload("models/first/model.tar.gz", "first")).output["EndpointConfigName"]
        # The index of tags does not say of a new endpoint that it bears no tag of ours.
        world.sagemaker.call("CreateEndpoint", {"EndpointName": "another", "EndpointConfigName": config})
        guard.check(world)
        return {"Outcome": world.deploy(world.upload("models/second/model.tar.gz", "first")).outcome}

    return run


def _run(new_world: Callable[..., World], key: str, content: bytes) -> Run:
    def run(guard: PolicyGuard) -> Result:
        world = new_world()
        guard.check(world)
        world.calls_by("EventBridge", FUNCTION)
        services = WiredServices(Settings.from_environment(environment_of(f"{FUNCTION}Function")), world.aws)
        try:
            for _ in range(2):
                write_missing_result(world.event(world.put(key, content)), services.result_files, services.settings)
        except SlipwayError as error:
            return {"Outcome": type(error).__name__}
        return {"Outcome": "a result", "files": sorted(world.buckets.keys(""))}

    return run
