"""SageMaker's control plane, as the use cases see it: the fake and the adapter answer alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from slipway.errors import AlreadyExists, AwsRefused, EndpointBusy, NotFound
from tests.contract.slipway.worlds import SageMakerWorld
from tests.unit.slipway_local.sagemaker.world import IMAGE, ROLE

TAGS = [{"Key": "team", "Value": "vision"}]
PING = "The primary container for production variant AllTraffic did not pass the ping health check."
Call = Callable[[SageMakerWorld], object]


def model_request(name: str = "model-1") -> dict[str, Any]:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://models/{name}.tar.gz", "Environment": {"A": "1"}}
    return {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": ROLE}


def config_request(name: str = "config-1", model: str = "model-1") -> dict[str, Any]:
    variant = {"VariantName": "AllTraffic", "ModelName": model, "InitialVariantWeight": 1.0}
    hosting = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {"EndpointConfigName": name, "ProductionVariants": [variant | hosting]}


def endpoint_request(config: str = "config-1") -> dict[str, Any]:
    return {"EndpointName": "endpoint-1", "EndpointConfigName": config}


@pytest.fixture
def made(world: SageMakerWorld) -> SageMakerWorld:
    """Two models with a configuration each."""
    for number in (1, 2):
        world.port.create_model(model_request(f"model-{number}"), TAGS)
        world.port.create_endpoint_config(config_request(f"config-{number}", f"model-{number}"), TAGS)
    return world


@pytest.fixture
def serving(made: SageMakerWorld) -> SageMakerWorld:
    """And endpoint-1 InService with the first of them."""
    made.port.create_endpoint(endpoint_request(), TAGS)
    made.settle()
    return made


def described(world: SageMakerWorld) -> dict[str, Any]:
    return world.port.describe_endpoint("endpoint-1")


def test_a_model_is_described_as_requested(world: SageMakerWorld) -> None:
    arn = world.port.create_model(model_request(), TAGS)

    found = world.port.describe_model("model-1")

    assert found["ModelArn"] == arn
    assert found["EnableNetworkIsolation"] is False
    assert {name: found[name] for name in model_request()} == model_request()
    assert world.port.tags(arn) == {"team": "vision"}


def test_a_configuration_is_described_as_requested(made: SageMakerWorld) -> None:
    found = made.port.describe_endpoint_config("config-1")

    assert {name: found[name] for name in config_request()} == config_request()
    assert made.port.tags(found["EndpointConfigArn"]) == {"team": "vision"}


def test_configurations_are_listed_newest_first(made: SageMakerWorld) -> None:
    assert made.port.list_endpoint_configs("config") == ["config-2", "config-1"]
    assert made.port.list_endpoint_configs("g-1") == ["config-1"]
    assert made.port.list_endpoint_configs("other") == []


@pytest.mark.parametrize(
    "create",
    [
        lambda world: world.port.create_model(model_request(), TAGS),
        lambda world: world.port.create_endpoint_config(config_request(), TAGS),
        lambda world: world.port.create_endpoint(endpoint_request(), TAGS),
    ],
    ids=["model", "configuration", "endpoint"],
)
def test_a_second_resource_of_one_name_is_refused(serving: SageMakerWorld, create: Call) -> None:
    with pytest.raises(AlreadyExists, match="Cannot create already existing"):
        create(serving)


@pytest.mark.parametrize(
    "ask",
    [
        lambda world: world.port.describe_model("missing"),
        lambda world: world.port.delete_model("missing"),
        lambda world: world.port.describe_endpoint_config("missing"),
        lambda world: world.port.delete_endpoint_config("missing"),
        lambda world: world.port.describe_endpoint("missing"),
        lambda world: world.port.delete_endpoint("missing"),
    ],
    ids=[f"{verb} {noun}" for noun in ("model", "configuration", "endpoint") for verb in ("describe", "delete")],
)
def test_a_missing_resource_is_not_found(world: SageMakerWorld, ask: Call) -> None:
    with pytest.raises(NotFound, match="Could not find"):
        ask(world)


@pytest.mark.parametrize(
    "build",
    [
        lambda world: world.port.create_endpoint_config(config_request("config-3", "missing"), TAGS),
        lambda world: world.port.create_endpoint({"EndpointName": "e", "EndpointConfigName": "missing"}, TAGS),
        lambda world: world.port.update_endpoint(endpoint_request("missing")),
        lambda world: world.port.update_endpoint({"EndpointName": "missing", "EndpointConfigName": "config-1"}),
    ],
    ids=["configuration", "endpoint", "update to nothing", "update of nothing"],
)
def test_a_missing_dependency_is_not_found(serving: SageMakerWorld, build: Call) -> None:
    with pytest.raises(NotFound, match="Could not find"):
        build(serving)


def test_an_endpoint_is_creating_and_then_in_service(made: SageMakerWorld) -> None:
    arn = made.port.create_endpoint(endpoint_request(), TAGS)

    creating = described(made)
    made.settle()

    assert (creating["EndpointStatus"], creating["EndpointConfigName"]) == ("Creating", "config-1")
    assert creating["EndpointArn"] == arn
    assert creating["CreationTime"].tzinfo is not None
    assert "PendingDeploymentSummary" not in creating
    assert described(made)["EndpointStatus"] == "InService"
    assert made.port.tags(arn) == {"team": "vision"}


def test_an_update_shows_the_old_configuration_until_it_is_done(serving: SageMakerWorld) -> None:
    serving.port.update_endpoint(endpoint_request("config-2"))

    updating = described(serving)
    serving.settle()
    updated = described(serving)

    assert (updating["EndpointStatus"], updating["EndpointConfigName"]) == ("Updating", "config-1")
    assert updating["PendingDeploymentSummary"]["EndpointConfigName"] == "config-2"
    assert (updated["EndpointStatus"], updated["EndpointConfigName"]) == ("InService", "config-2")
    assert "PendingDeploymentSummary" not in updated


def test_a_creation_that_fails_leaves_a_failed_endpoint_that_can_only_be_deleted(made: SageMakerWorld) -> None:
    made.fail_next(PING)
    made.port.create_endpoint(endpoint_request(), TAGS)
    made.settle()

    assert (described(made)["EndpointStatus"], described(made)["FailureReason"]) == ("Failed", PING)
    with pytest.raises(AwsRefused):
        made.port.update_endpoint(endpoint_request("config-2"))
    made.port.delete_endpoint("endpoint-1")
    made.settle()
    with pytest.raises(NotFound):
        described(made)


def test_an_update_that_fails_leaves_what_served_before(serving: SageMakerWorld) -> None:
    serving.fail_next(PING)
    serving.port.update_endpoint(endpoint_request("config-2"))
    serving.settle()

    found = described(serving)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "config-1")
    assert found["FailureReason"] == PING
    assert "PendingDeploymentSummary" not in found


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.port.update_endpoint(endpoint_request("config-2")),
        lambda world: world.port.delete_endpoint("endpoint-1"),
    ],
    ids=["update", "delete"],
)
def test_a_busy_endpoint_refuses_changes(serving: SageMakerWorld, change: Call, status: str) -> None:
    serving.force_status("endpoint-1", status)

    with pytest.raises(EndpointBusy, match="Cannot update in-progress endpoint"):
        change(serving)
    serving.force_status("endpoint-1", "InService")


@pytest.mark.parametrize("status", ["OutOfService", "UpdateRollbackFailed"])
def test_an_endpoint_that_does_not_serve_well_takes_an_update(serving: SageMakerWorld, status: str) -> None:
    serving.force_status("endpoint-1", status)

    serving.port.update_endpoint(endpoint_request("config-2"))

    assert described(serving)["EndpointStatus"] == "Updating"


@pytest.mark.parametrize(
    "delete",
    [lambda world: world.port.delete_model("model-1"), lambda world: world.port.delete_endpoint_config("config-1")],
    ids=["model", "configuration"],
)
def test_what_a_live_endpoint_needs_cannot_be_deleted_locally(serving: SageMakerWorld, delete: Call) -> None:
    """AWS says that one must not, and lets it happen: a test on the local stack is to notice."""
    with pytest.raises(AwsRefused):
        delete(serving)


def test_what_nothing_needs_is_deleted(made: SageMakerWorld) -> None:
    made.port.delete_endpoint_config("config-1")
    made.port.delete_model("model-1")

    with pytest.raises(NotFound):
        made.port.describe_model("model-1")
    assert made.port.list_endpoint_configs("config") == ["config-2"]


def test_tags_are_added_replaced_and_removed_also_when_absent(serving: SageMakerWorld) -> None:
    arn = described(serving)["EndpointArn"]

    answer = serving.port.add_tags(arn, [{"Key": "team", "Value": "speech"}, {"Key": "stage", "Value": "test"}])

    assert serving.port.tags(arn) == answer == {"team": "speech", "stage": "test"}
    serving.port.delete_tags(arn, ["team", "stage", "never"])
    assert serving.port.tags(arn) == {}


def test_tags_of_what_does_not_exist_are_not_found(serving: SageMakerWorld) -> None:
    arn = described(serving)["EndpointArn"].replace("endpoint-1", "missing")

    with pytest.raises(NotFound):
        serving.port.tags(arn)
    with pytest.raises(NotFound):
        serving.port.add_tags(arn, TAGS)
