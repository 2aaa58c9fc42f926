"""The oracle of random worlds finds a false `EndpointDeleted`, and accepts a true one.

The calls are those of the world of seed 40326: the endpoint with y has Failed, a newer deployment deletes it and fails
itself, and in between an older one that had waited created the endpoint.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.workflow.faults import Call
from tests.workflow.interpreter import Execution
from tests.workflow.inventory import Inventory
from tests.workflow.random_worlds import Asked, Story
from tests.workflow.virtual_time import START
from tests.workflow.world import World
from tests.workflow.worlds_oracle import violations

FALSE = ["y of first ended EndpointDeleted: nothing of it failed"]
CREATED, DELETED, CREATED_BY_OLDER = ("one", "CreateEndpoint"), ("newer", "DeleteEndpoint"), ("older", "CreateEndpoint")
FAILED, STOPPED = {"status": "FAILED", "error": "DeploymentRolledBack"}, {"status": "STOPPED"}


@pytest.mark.parametrize("newer", [FAILED, STOPPED], ids=["failed", "stopped"])
def test_an_endpoint_was_deleted_when_a_newer_deployment_cleared_it_and_did_not_succeed(newer: dict[str, Any]) -> None:
    assert found(newer, CREATED, DELETED, CREATED_BY_OLDER) == []


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param((CREATED, CREATED_BY_OLDER), id="nothing deleted it"),
        pytest.param((CREATED, ("older", "DeleteEndpoint"), CREATED_BY_OLDER), id="an older one deleted it"),
        pytest.param((CREATED, ("one", "DeleteEndpoint"), CREATED_BY_OLDER), id="it deleted its own"),
        pytest.param((DELETED, CREATED, CREATED_BY_OLDER), id="it was deleted before"),
        pytest.param((CREATED_BY_OLDER, DELETED), id="it never changed the endpoint"),
    ],
)
def test_an_endpoint_was_not_deleted_otherwise(calls: tuple[tuple[str, str], ...]) -> None:
    assert found(FAILED, *calls) == FALSE


def test_an_endpoint_that_a_newer_success_cleared_was_overtaken() -> None:
    output = {"Outcome": "Created", "EndpointConfigName": "first-z", "ModelName": "first-z"}

    assert FALSE[0] in found({"status": "SUCCEEDED", "output": output}, CREATED, DELETED, ("newer", "CreateEndpoint"))


def found(newer: dict[str, Any], *calls: tuple[str, str]) -> list[str]:
    """Return the violations of two deployments: one ended `EndpointDeleted`, the newer one as given."""
    asked = [
        _asked("y", 1, "one", {"status": "FAILED", "error": "EndpointDeleted"}),
        _asked("z", 2, "newer", newer),
    ]
    story = Story(1, asked=asked, faults={("first", "PingFailed"), ("first", "SilentRollback")})
    accepted = [Call(execution, "CreateEndpoint", "sagemaker", operation, "json") for execution, operation in calls]
    world = SimpleNamespace(accepted=accepted, there=lambda: Inventory(frozenset(), {}, {}))
    return [*violations(cast("World", world), story)]


def _asked(content: str, number: int, name: str, end: dict[str, Any]) -> Asked:
    execution = Execution(name, name, "", {}, START, "", START, START, ended=START, **end)
    return Asked("first", content, "", execution, number)
