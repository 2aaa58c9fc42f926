"""Idle cleanup under its policies: an unused endpoint, unused versions, a notification not sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slipway.cleanup.aws import POSITION_KEY
from slipway.deployment.tags import IDLE_DELETED_AT, IDLE_DELETED_BY, IDLE_INSTANCES, IDLE_SINCE, IN_SERVICE_AT
from slipway.deployment.timestamps import format_instant
from tests.permissions.guard import PLACE, PolicyGuard
from tests.workflow.deployed_stack import MODEL_BUCKET, STACK
from tests.workflow.faults import FOR_GOOD, Order
from tests.workflow.idle_cleanup import NAME as FUNCTION
from tests.workflow.idle_cleanup import clean_up
from tests.workflow.scenarios import components_of
from tests.workflow.test_housekeeping import three_versions
from tests.workflow.test_idle_cleanup import BOUNDS, DAYS, NAME, deploy
from tests.workflow.world import World

Result = dict[str, Any]
Run = Callable[[PolicyGuard], Result]
SETTINGS = {"keep_versions": 1, "unused_retention_days": 30}


def runs(new_world: Callable[..., World]) -> Iterator[tuple[str, Run]]:
    """Yield what idle cleanup does, by name."""
    for name, prepare in (
        ("idle endpoint", _idle),
        ("idle endpoint with managed alarms", _watched),
        ("unneeded versions", _versions),
        ("unneeded versions beside inference components", _components),
        ("candidate of a stopped execution", _candidate),
        ("unannounced deletion", _unannounced),
        ("endpoint marked as deleted that is there", _marked),
        ("run that goes on where another stopped", _stopped),
    ):
        yield name, _run(new_world, prepare)


def _run(new_world: Callable[..., World], prepare: Callable[[World], None]) -> Run:
    def run(guard: PolicyGuard) -> Result:
        world = new_world()
        prepare(world)
        world.orders.clear()
        guard.check(world)
        first = clean_up(world, **SETTINGS)
        world.settle()
        second = clean_up(world, **SETTINGS)
        return {
            "Outcome": "a complete run" if first["IsComplete"] and second["IsComplete"] else "an incomplete run",
            "reports": [first, second],
            "notifications": [notification["Subject"] for notification in world.services.idle.notifications],
            "events": [entry["DetailType"] for entry in world.services.announced],
            "tags": dict(world.sagemaker.tagging.tagged()),
            "alarms": sorted(world.services.idle.alarms),
            "what is left": {kind: sorted(names) for kind, names in vars(world.there()).items()},
        }

    return run


def _idle(world: World) -> None:
    deploy(world, AutoScaling=BOUNDS)
    world.time.pass_(2 * DAYS)


def _watched(world: World) -> None:
    deploy(world)
    deploy(world, "second", DeploymentConfig={"ManagedAlarms": True})
    world.time.pass_(2 * DAYS)


def _candidate(world: World) -> None:
    config = deploy(world, Protected=True)["EndpointConfigName"]
    deploy(world, "second", Protected=True)
    world.put("sample.csv", b"1,2,3")
    sample = {"PayloadUrl": f"s3://{MODEL_BUCKET}/sample.csv", "ContentType": "text/csv"}
    stopped = world.start({"EndpointName": NAME, "EndpointConfigName": config, "SmokeTest": sample})
    world.step_to(stopped, "SmokeTest")
    stopped.stop()
    world.time.pass_(1 * DAYS)


def _versions(world: World) -> None:
    three_versions(world)
    world.time.pass_(31 * DAYS)


def _components(world: World) -> None:
    # Tags do not prove what the endpoint of components serves: it is described before versions are removed.
    assert world.deploy({**components_of(world, churn="first"), "EndpointName": "shared"}).status == "SUCCEEDED"
    marked = {"ResourceArn": PLACE.arn("sagemaker", "endpoint/shared"), "TagKeys": [IN_SERVICE_AT]}
    world.sagemaker.call("DeleteTags", marked)
    _versions(world)


def _marked(world: World) -> None:
    config = deploy(world, Protected=True)["EndpointConfigName"]
    now = format_instant(world.time.now())
    marks = {IDLE_DELETED_BY: STACK, IDLE_DELETED_AT: now, IDLE_SINCE: now, IDLE_INSTANCES: "1"}
    tags = [{"Key": key, "Value": value} for key, value in marks.items()]
    world.sagemaker.call("AddTags", {"ResourceArn": PLACE.arn("sagemaker", f"endpoint-config/{config}"), "Tags": tags})
    world.time.pass_(2 * DAYS)


def _stopped(world: World) -> None:
    deploy(world, Protected=True)
    world.put(POSITION_KEY, b"digit")


def _unannounced(world: World) -> None:
    _idle(world)
    world.orders.append(Order("access denied", FUNCTION, "sns:Publish", count=FOR_GOOD))
    clean_up(world)
    world.settle()
