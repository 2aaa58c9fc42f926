"""The use cases over the fake and over the adapter: what is made is found again, whatever the input says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slipway.deployment.deployment import Deployment
from slipway.hosting.create_endpoint import HostingServices, create_endpoint
from slipway.hosting.create_endpoint_config import create_endpoint_config
from slipway.hosting.create_model import create_model
from tests.contract.slipway.worlds import SageMakerWorld
from tests.fakes.account import FakeAlarms
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.scaling import FakeScaling
from tests.fakes.services import SETTINGS
from tests.fakes.storage import FakeStorage
from tests.unit.events import EXECUTIONS, read
from tests.unit.execution import artifact, execution, plan_of, planned_image
from tests.unit.slipway_local.sagemaker.world import IMAGE

FIRST_HAND = [path for path in EXECUTIONS if "ModelDataUrl" in read(path)]


def make(world: SageMakerWorld, document: dict[str, Any], name: str = "first") -> tuple[Deployment, Any, Any]:
    run = execution(name)
    is_prefix = document.get("ModelDataUrl", "").endswith("/")
    more = [artifact(Key="more/") for _ in document.get("AdditionalModelDataSources", [])]
    found = artifact(HasInferenceCode=True, Additional=more, **({"Key": "digits/"} if is_prefix else {}))
    deployment = Deployment(plan_of(run, **document), found, run, SETTINGS)
    model = create_model(deployment, planned_image(IMAGE), world.port, FakeStorage())
    return deployment, model, create_endpoint_config(deployment, model["Models"], world.port)


@pytest.mark.parametrize("path", FIRST_HAND, ids=lambda path: path.stem)
def test_an_example_deployed_twice_reuses_its_resources(world: SageMakerWorld, path: Path) -> None:
    first = make(world, read(path))

    assert make(world, read(path)) == first


def test_a_deployment_is_created_and_the_same_one_is_deployed_already(world: SageMakerWorld) -> None:
    actions = []
    aws = HostingServices(world.port, FakeScaling(), FakeAlarms(), FakeSageMaker().describe_execution)

    for name in ("first", "second"):
        deployment, _, config = make(world, {}, name)
        names = config["EndpointConfigName"], config["EndpointConfigArn"]
        actions.append(create_endpoint(deployment, *names, aws)["Action"])
        world.settle()

    assert actions == ["Created", "AlreadyDeployed"]
