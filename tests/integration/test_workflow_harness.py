"""The harness of tests/workflow goes through the same states as the real engine, to the same end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from slipway_cli.sdk import executions
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.interpreter import Execution
from tests.workflow.world import World
from tests.workflow.worlds import worlds

KEY = "elsewhere/model.tar.gz"
# How often the loop is gone through depends on the time that a container takes.
LOOP = {"WaitForEndpoint", "DescribeEndpoint", "IsEndpointInService"}


@pytest.fixture
def world() -> Iterator[World]:
    with worlds() as new_world:
        yield new_world()


def states_entered(account: Account, ended: executions.Execution) -> list[str]:
    pages = account.stepfunctions.get_paginator("get_execution_history").paginate(executionArn=ended.arn)
    events = [event for page in pages for event in page["events"]]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def once_through_the_loop(states: list[str]) -> list[str]:
    return [state for place, state in enumerate(states) if state not in LOOP or state not in states[:place]]


def assert_agreement(account: Account, theirs: executions.Execution, ours: Execution) -> None:
    assert once_through_the_loop(ours.history) == once_through_the_loop(states_entered(account, theirs))
    assert (ours.status, ours.error) == (theirs.status, theirs.error)
    assert (ours.output or {}).keys() == theirs.output.keys()


def both(account: Account, world: World, content: bytes, *requests: dict[str, object]) -> list[str]:
    """Run the same requests in the engine and in the harness; return the outcomes."""
    name = endpoint_name("harness")
    uri = account.upload(f"{name}/{KEY}", content)
    world.put(f"{name}/{KEY}", content)
    about = {"EndpointName": name, "Framework": "mxnet", "InstanceType": "ml.m5.large"}
    outcomes = []
    for request in requests:
        theirs = account.run({**about, "ModelDataUrl": uri, **request})
        ours = world.deploy({**about, "ModelDataUrl": f"s3://{MODEL_BUCKET}/{name}/{KEY}", **request})
        assert_agreement(account, theirs, ours)
        outcomes.append(ours.outcome)
    return outcomes


def test_a_creation_the_same_again_and_an_update_agree(account: Account, world: World) -> None:
    outcomes = both(account, world, archives.answering(2), {}, {}, {"InitialInstanceCount": 2})
    assert outcomes == ["Created", "AlreadyDeployed", "Updated"]


def test_refusals_agree(account: Account, world: World) -> None:
    outcomes = both(account, world, archives.text_file(), {}, {"InstanceTyp": "ml.m5.large"})
    assert outcomes == ["ArtifactNotGzip", "FieldUnknown"]
