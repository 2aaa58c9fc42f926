"""The deployments that the trust tests put through everything: create, update, redeploy, wake, and those that fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slipway.planning.contract.schema import deployment_schema
from slipway_local.sagemaker.faults.orders import Fault
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.surroundings import FAILING_SAMPLE, archive
from tests.workflow.world import MACHINE_ARN, TRANSFORMS_ARN, World

NAME = "digits"
FOLDER = f"models/{NAME}"
KEY = f"{FOLDER}/model.tar.gz"
SAMPLE = f"{FOLDER}/sample.json"
TEST = {"PayloadUrl": f"s3://{MODEL_BUCKET}/{SAMPLE}", "ContentType": "application/json"}
DATA = "batch/sums/input"
# Whatever a deployment may ask for and AWS has to be called for. What the contract does not have yet is left out.
OPTIONS: dict[str, Any] = {
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
    "AutoScaling": {"MinCapacity": 1, "MaxCapacity": 3, "TargetInvocationsPerInstance": 100},
    "SmokeTest": TEST,
}


@dataclass(frozen=True)
class Scenario:
    """`prepare` brings the world to where the deployment begins, and returns its input; `outcome` is how it ends.

    `states` are those whose calls no other scenario makes, if it repeats the rest of one.
    """

    name: str
    prepare: Callable[[World], object]
    outcome: str
    machine: str = MACHINE_ARN
    states: tuple[str, ...] = ()


class Stage:
    """Where a scenario begins: prepared once, and begun as often as one likes."""

    def __init__(self, new_world: Callable[..., World], scenario: Scenario) -> None:
        self._new_world = new_world
        self._origin = new_world()
        self.scenario = scenario
        self.request = scenario.prepare(self._origin)
        self._origin.settle()

    def world(self, origin: World | None = None, **settings: float) -> World:
        """Return a new world in which everything is prepared, or which is as another one."""
        world = self._new_world(**settings)
        world.take_over(origin or self._origin)
        return world


def _create(world: World, stage: str = "BeforeTraffic") -> object:
    options = {name: value for name, value in OPTIONS.items() if name in deployment_schema()["properties"]}
    options["SmokeTest"] = {**TEST, "Stage": stage}
    world.put(f"{FOLDER}/deployment.json", json.dumps(options).encode())
    world.put(SAMPLE, b"[1, 2, 3]")
    return world.upload(KEY, "first")


def _update(world: World) -> object:
    _succeed(world, _create(world))
    return world.upload(KEY, "second")


def _update_without_candidate(world: World) -> object:
    _succeed(world, _create(world, "AfterTraffic"))
    return world.upload(KEY, "second")


def _analyzed(**analysis: str) -> Callable[[World], object]:
    """Return what prepares an update on a candidate, with managed alarms, whose traffic cannot be compared."""

    def prepare(world: World) -> object:
        _succeed(world, _create(world))
        world.upload("archives/second.tar.gz", "second")
        return {
            "EndpointName": NAME,
            "ModelDataUrl": f"s3://{MODEL_BUCKET}/archives/second.tar.gz",
            "InstanceType": "ml.m5.large",
            "SmokeTest": TEST,
            "DeploymentConfig": {"ManagedAlarms": True},
            "TrafficAnalysis": analysis,
        }

    return prepare


def _fail_sample(world: World) -> object:
    request = _update_without_candidate(world)
    world.put(SAMPLE, FAILING_SAMPLE)
    return request


def _redeploy(world: World) -> object:
    config = _succeed(world, _create(world))
    _succeed(world, world.upload(KEY, "second"))
    return {"EndpointName": NAME, "EndpointConfigName": config}


def _wake(world: World) -> object:
    config = _succeed(world, _create(world))
    world.sagemaker.call("DeleteEndpoint", {"EndpointName": NAME})
    world.settle()
    return {"EndpointName": NAME, "EndpointConfigName": config}


def transform_of(world: World, **fields: object) -> dict[str, object]:
    """Upload a model and two objects; return the input of a transform job over them."""
    world.put("models/sums/model.tar.gz", archive("sums"))
    world.put(f"{DATA}/a.csv", b"1,2\n3,4\n")
    world.put(f"{DATA}/sub/b.csv", b"5,6\n")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{MODEL_BUCKET}/{DATA}/"}
    return {
        "ModelDataUrl": f"s3://{MODEL_BUCKET}/models/sums/model.tar.gz",
        "Framework": "sklearn",
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"s3://{MODEL_BUCKET}/inference/sums",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **fields,
    }


def side_file_of_transform(world: World) -> None:
    """Upload a model, and the side file that says how uploads to `DATA` are transformed with it."""
    request = transform_of(world)
    del request["TransformInput"], request["TransformOutput"]
    world.put("batch/sums/batch.json", json.dumps(request).encode())


def _transform(world: World) -> object:
    # An upload makes the calls of an execution that is started with an input, and two more.
    side_file_of_transform(world)
    return world.event(world.put(f"{DATA}/a.csv", b"1,2\n3,4\n"))


def _failing_transform(world: World) -> object:
    request = _transform(world)
    world.sagemaker.faults.order(Fault("PingFailed", count=100))
    return request


def _failing(prepare: Callable[[World], object]) -> Callable[[World], object]:
    def prepare_a_failure(world: World) -> object:
        request = prepare(world)
        # More often than any deployment tries.
        world.services.logs.lines[NAME] = ["the model is upside down"]
        world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))
        return request

    return prepare_a_failure


def _succeed(world: World, request: object) -> str:
    """Deploy well, and a minute later, so that what comes next is newer; return the configuration's name."""
    execution = world.deploy(request)
    assert execution.status == "SUCCEEDED", execution.cause
    world.time.pass_(60)
    return str(execution.output["EndpointConfigName"])


NEEDS = {"MinMemoryRequiredInMb": 1024}


def components_of(world: World, **weights: str) -> dict[str, Any]:
    """Upload an archive for each inference component; return the input that places them on one endpoint."""
    for name, content in weights.items():
        world.upload(f"archives/{name}-{content}.tar.gz", content)
    components = [
        {
            "InferenceComponentName": name,
            "ModelDataUrl": f"s3://{MODEL_BUCKET}/archives/{name}-{content}.tar.gz",
            "ComputeResourceRequirements": NEEDS,
        }
        for name, content in weights.items()
    ]
    return {
        "EndpointName": NAME,
        "InferenceComponents": components,
        "Framework": "sklearn",
        "InstanceType": "ml.m5.xlarge",
    }


def _components(world: World) -> object:
    return components_of(world, churn="first")


def _update_components(world: World) -> object:
    _succeed(world, components_of(world, churn="first", prices="first"))
    return components_of(world, churn="second")


GOOD = (
    Scenario("create", _create, "Created"),
    Scenario("update", _update, "Updated"),
    Scenario("redeploy", _redeploy, "Redeployed"),
    Scenario("wake", _wake, "Redeployed"),
    Scenario("transform", _transform, "Transformed", TRANSFORMS_ARN),
)
# What was updated stays so when another component fails, so that only creations end as if nothing had been.
COMPONENTS = Scenario("components", _components, "Created", states=("DeployComponents",))
UPDATED_COMPONENTS = Scenario("updated components", _update_components, "Updated", states=("DeployComponents",))
BAD = (
    Scenario("failing create", _failing(_create), "ContainerFailedPing"),
    Scenario("failing update", _failing(_update_without_candidate), "ContainerFailedPing"),
    Scenario("smoke test that fails an update", _fail_sample, "SmokeTestFailed", states=("RestorePreviousConfig",)),
    Scenario("failing transform", _failing_transform, "TransformJobFailed", TRANSFORMS_ARN),
)
ALL = (*GOOD, *BAD)
# Their calls before the analysis are those of the others.
PROVEN = Scenario("proven", _analyzed(), "Updated")
DISPROVED = Scenario("disproved", _analyzed(OnInconclusive="Fail"), "TrafficAnalysisFailed")
