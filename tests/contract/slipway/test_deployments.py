"""The use cases over the fake and over the adapter: what is made is found again, whatever the input says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slipway.hosting.create_endpoint import CreateEndpoint
from slipway.hosting.create_endpoint_config import create_endpoint_config
from slipway.hosting.create_model import create_model
from slipway.hosting.endpoint_outcome import EndpointConfig
from tests.contract.slipway.worlds import SageMakerWorld
from tests.fakes.scaling import FakeScaling
from tests.fakes.services import SETTINGS
from tests.fakes.storage import FakeStorage
from tests.unit.events import EXECUTIONS, read
from tests.unit.execution import artifact, execution, plan_of
from tests.unit.slipway_local.sagemaker.world import IMAGE

FIRST_HAND = [path for path in EXECUTIONS if "ModelDataUrl" in read(path)]


def make(world: SageMakerWorld, document: dict[str, Any]) -> tuple[object, object]:
    run, found = execution(), artifact(HasInferenceCode=True)
    plan = plan_of(run, **document)
    model = create_model(plan, IMAGE, found, run, world.port, FakeStorage(), SETTINGS)
    return model, create_endpoint_config(plan, model["ModelName"], found, run, world.port, SETTINGS)


@pytest.mark.parametrize("path", FIRST_HAND, ids=lambda path: path.stem)
def test_an_example_deployed_twice_reuses_its_resources(world: SageMakerWorld, path: Path) -> None:
    first = make(world, read(path))

    assert make(world, read(path)) == first


def test_a_deployment_is_created_and_the_same_one_is_deployed_already(world: SageMakerWorld) -> None:
    plan, found = plan_of(), artifact()
    actions = []

    for name in ("first", "second"):
        run = execution(name)
        model = create_model(plan, IMAGE, found, run, world.port, FakeStorage(), SETTINGS)
        config = create_endpoint_config(plan, model["ModelName"], found, run, world.port, SETTINGS)
        wanted = EndpointConfig(
            EndpointConfigName=config["EndpointConfigName"], EndpointConfigArn=config["EndpointConfigArn"]
        )
        endpoint = CreateEndpoint(plan, wanted, found, run, world.port, FakeScaling(), SETTINGS)()
        actions.append(endpoint["Action"])
        world.settle()

    assert actions == ["Created", "AlreadyDeployed"]
