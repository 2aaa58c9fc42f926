"""An endpoint is woken, or changed, while a run is about to delete it: whenever that is, it stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.workflow.faults import Call
from tests.workflow.idle_cleanup import NAME as FUNCTION
from tests.workflow.idle_cleanup import clean_up
from tests.workflow.inventory import inventory
from tests.workflow.test_idle_cleanup import BOUNDS, DAYS, NAME, RESOURCE, deploy
from tests.workflow.world import Everything, World
from tests.workflow.worlds import MakeWorld

DELETION = "sagemaker:DeleteEndpoint"


class Meanwhile(Everything):
    """Lets something happen once: right after the run's call of this number was answered, before the run knows it."""

    def __init__(self, number: int, happening: Callable[[], object]) -> None:
        self._left = number
        self._happening = happening

    def answer(self, call: Call, request: AWSPreparedRequest, perform: Callable[[], AWSResponse]) -> AWSResponse:
        """See `Guard`."""
        answered = perform()
        if call.state == FUNCTION:
            self._left -= 1
            if self._left == -1:
                self._happening()
        return answered


def asleep_soon(new_world: MakeWorld) -> tuple[World, str]:
    """Return a world with one endpoint, scaled and unused for two days, and its configuration."""
    world = new_world()
    config: str = deploy(world, AutoScaling=BOUNDS)["EndpointConfigName"]
    world.time.pass_(2 * DAYS)
    world.calls.clear()
    return world, config


def calls_before_the_deletion(new_world: MakeWorld) -> int:
    world, _ = asleep_soon(new_world)
    clean_up(world)
    return [call.name for call in world.calls if call.state == FUNCTION].index(DELETION)


def go_and_wake(world: World, config: str) -> None:
    """Delete it, as another run would, let its scaling end, and wake it."""
    world.sagemaker.call("DeleteEndpoint", {"EndpointName": NAME})
    world.services.scaling.targets.clear()
    world.settle()
    assert world.deploy({"EndpointName": NAME, "EndpointConfigName": config}).outcome == "Redeployed"
    world.calls_by("cleanup", FUNCTION)


def update(world: World, _: str) -> None:
    """Deploy something newer."""
    assert deploy(world, "newer")["Outcome"] == "Updated"
    world.calls_by("cleanup", FUNCTION)


@pytest.mark.parametrize("happening", [go_and_wake, update])
def test_what_is_created_again_at_any_moment_before_its_deletion_stays_and_keeps_its_scaling_or_it_is_said(
    new_world: MakeWorld, happening: Callable[[World, str], None]
) -> None:
    moments = range(calls_before_the_deletion(new_world))
    assert len(moments) >= 12

    lost = dict[int, str]()
    for moment in moments:
        world, config = asleep_soon(new_world)
        world.guard = Meanwhile(moment, lambda: happening(world, config))  # noqa: B023 - called in this turn
        report = clean_up(world)
        world.settle()
        calls = [call.name for call in world.calls if call.state == FUNCTION]
        if inventory(world.sagemaker).endpoints.get(NAME, ("",))[0] != "InService" or report["Deleted"]:
            lost[moment] = f"deleted, after {calls[moment]}"
        elif RESOURCE not in world.services.scaling.targets and "its scaling has ended" not in str(report["Warnings"]):
            lost[moment] = f"not scaled any more, after {calls[moment]}"

    assert lost == {}
