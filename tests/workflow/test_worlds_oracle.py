"""The oracle of random worlds finds a false `EndpointDeleted`.

The calls are those of the world of seed 40326: the endpoint with y has Failed, a newer deployment deletes it and fails
itself, and in between an older one that had waited created the endpoint. The deployment of y has a cause of its own.
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

FALSE = "y of first ended EndpointDeleted: nothing of it failed"
CREATED, DELETED, CREATED_BY_OLDER = ("one", "CreateEndpoint"), ("newer", "DeleteEndpoint"), ("older", "CreateEndpoint")
FAILED = {"status": "FAILED", "error": "DeploymentRolledBack"}
OUTPUT = {"Outcome": "Created", "EndpointConfigName": "first-z", "ModelName": "first-z"}
SUCCEEDED = {"status": "SUCCEEDED", "output": OUTPUT}


@pytest.mark.parametrize(
    ("newer", "calls"),
    [
        pytest.param(FAILED, (CREATED, CREATED_BY_OLDER), id="nothing deleted it"),
        pytest.param(FAILED, (CREATED, DELETED, CREATED_BY_OLDER), id="a newer one that failed deleted it"),
        pytest.param(SUCCEEDED, (CREATED, DELETED, ("newer", "CreateEndpoint")), id="one that succeeded deleted it"),
    ],
)
def test_an_endpoint_that_no_person_deleted_and_no_smoke_test_failed_on_was_not_deleted(
    newer: dict[str, Any], calls: tuple[tuple[str, str], ...]
) -> None:
    assert FALSE in found(newer, *calls)


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
