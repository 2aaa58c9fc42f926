"""The scheduled function in a world: the real use case over the real adapters, under the template's own settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slipway.cleanup.delete_idle_endpoints import DeleteIdleEndpoints
from slipway.cleanup.run import Clock
from slipway.deployment.settings import Settings
from tests.workflow.deployed_stack import environment_of
from tests.workflow.tasks import WiredServices
from tests.workflow.world import World

NAME = "DeleteIdleEndpoints"
SECONDS = 900.0


def clean_up(world: World, **settings: Any) -> dict[str, Any]:
    """Run idle cleanup once, with the stack's parameters changed as said; return its report.

    Time passes only while it waits: the state of its calls is `DeleteIdleEndpoints`.
    """
    given = Settings.from_environment(environment_of(f"{NAME}Function"))
    wanted = replace(given, **{"idle_cleanup": "Enabled", **settings})
    ends = world.time.now().timestamp() + SECONDS
    clock = Clock(
        world.time.now, lambda: ends - world.time.now().timestamp(), world.time.pass_, lambda longest: longest / 2
    )
    world.calls_by("cleanup", NAME)
    run = WiredServices(wanted, world.aws).cleanup_run(clock.seconds_left)
    return DeleteIdleEndpoints(replace(run, clock=clock))()
