"""RemoveFailedDeployment: what the execution made goes, what others made or what serves stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slipway.errors import EndpointBusy, ServiceUnavailable
from slipway.failure.remove_failed_deployment import Removal
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment

KINDS = ("model", "endpoint-config", "endpoint")
PING = "It did not pass the ping health check."


def everything(sagemaker: FakeSageMaker) -> dict[str, list[str]]:
    return {kind: sagemaker.names(kind) for kind in KINDS}


def remove_until_done(deployment: Deployment) -> Removal:
    """Retry as the workflow does, while SageMaker gets on with its work."""
    for _ in range(10):
        try:
            return deployment.remove()
        except EndpointBusy:
            deployment.sagemaker.settle()
    raise AssertionError("it never ended")


@pytest.fixture
def failed(sagemaker: FakeSageMaker) -> Deployment:
    """A first deployment whose endpoint is Failed."""
    deployment = Deployment(sagemaker)
    sagemaker.fail_next(PING)
    deployment.deploy()
    return deployment


@pytest.fixture
def served(sagemaker: FakeSageMaker) -> Deployment:
    """An earlier deployment, which serves."""
    deployment = Deployment(sagemaker, "earlier", minutes=-30)
    deployment.deploy()
    return deployment


def test_a_failed_creation_leaves_nothing(failed: Deployment) -> None:
    config, model = failed.sagemaker.names("endpoint-config")[0], failed.sagemaker.names("model")[0]

    removal = remove_until_done(failed)

    assert removal == {"Removed": [f"EndpointConfig {config}", f"Model {model}"], "Kept": []}
    assert everything(failed.sagemaker) == {"model": [], "endpoint-config": [], "endpoint": []}


def test_the_endpoint_is_gone_before_its_configuration_is_deleted(failed: Deployment) -> None:
    with pytest.raises(EndpointBusy):
        failed.remove()

    assert "delete_endpoint_config" not in failed.sagemaker.calls


@pytest.mark.parametrize(
    "step",
    [Deployment.model, Deployment.config, Deployment.endpoint, Deployment.deploy],
    ids=["model", "config", "Creating", "InService"],
)
def test_however_far_a_deployment_came_nothing_of_it_is_left(
    sagemaker: FakeSageMaker, step: Callable[[Deployment], object]
) -> None:
    deployment = Deployment(sagemaker)
    step(deployment)

    remove_until_done(deployment)

    assert everything(sagemaker) == {"model": [], "endpoint-config": [], "endpoint": []}


@pytest.mark.parametrize("step", ["create_model", "create_endpoint_config", "create_endpoint"])
def test_what_a_lost_answer_made_is_found(sagemaker: FakeSageMaker, step: str) -> None:
    deployment = Deployment(sagemaker)
    sagemaker.faults.lose(step)
    with pytest.raises(ServiceUnavailable):
        deployment.endpoint()

    remove_until_done(deployment)

    assert everything(sagemaker) == {"model": [], "endpoint-config": [], "endpoint": []}


@pytest.mark.parametrize("step", ["delete_endpoint", "delete_endpoint_config", "delete_model"])
def test_a_deletion_whose_answer_was_lost_is_taken_up_again(failed: Deployment, step: str) -> None:
    failed.sagemaker.faults.lose(step)
    with pytest.raises(ServiceUnavailable):
        remove_until_done(failed)

    remove_until_done(failed)

    assert everything(failed.sagemaker) == {"model": [], "endpoint-config": [], "endpoint": []}


def test_an_update_that_was_rolled_back_leaves_what_serves(sagemaker: FakeSageMaker, served: Deployment) -> None:
    before = everything(sagemaker)
    deployment = Deployment(sagemaker, "second", etag="two")
    sagemaker.fail_next(PING)
    deployment.deploy()

    remove_until_done(deployment)

    assert everything(sagemaker) == before
    assert sagemaker.describe_endpoint("digits")["EndpointStatus"] == "InService"


def test_an_update_that_serves_after_all_stays(sagemaker: FakeSageMaker, served: Deployment) -> None:
    deployment = Deployment(sagemaker, "second", etag="two")
    config = deployment.endpoint()["EndpointConfigName"]

    removal = remove_until_done(deployment)

    assert removal["Removed"] == []
    assert f"EndpointConfig {config}" in removal["Kept"]
    assert sagemaker.describe_endpoint("digits")["EndpointConfigName"] == config


def test_what_an_earlier_execution_made_stays(sagemaker: FakeSageMaker, served: Deployment) -> None:
    before = everything(sagemaker)
    again = Deployment(sagemaker, "again")
    again.endpoint()

    assert remove_until_done(again)["Removed"] == []
    assert everything(sagemaker) == before


def test_a_model_that_was_found_made_stays_though_nothing_uses_it(sagemaker: FakeSageMaker) -> None:
    Deployment(sagemaker, "earlier", minutes=-30).model()
    deployment = Deployment(sagemaker, "second", InitialInstanceCount=2)
    deployment.config()

    removal = remove_until_done(deployment)

    assert removal["Kept"] == [f"Model {sagemaker.names('model')[0]}"]
    assert sagemaker.names("endpoint-config") == []


def test_a_model_that_another_deployment_serves_with_stays(sagemaker: FakeSageMaker, served: Deployment) -> None:
    """The same archive on two instances: the second deployment makes the model, the third one uses it."""
    deployment = Deployment(sagemaker, "second", etag="two")
    deployment.config()
    Deployment(sagemaker, "third", etag="two", minutes=1, InitialInstanceCount=2).deploy()

    removal = remove_until_done(deployment)

    (kept,) = removal["Kept"]
    assert kept.removeprefix("Model ") in sagemaker.names("model")
    assert len(removal["Removed"]) == 1


def test_a_model_that_another_deployment_is_being_updated_to_stays(
    sagemaker: FakeSageMaker, served: Deployment
) -> None:
    deployment = Deployment(sagemaker, "second", etag="two")
    deployment.config()
    Deployment(sagemaker, "third", etag="two", minutes=1, InitialInstanceCount=2).endpoint()

    remove_until_done(deployment)

    assert len(sagemaker.names("model")) == 2


def test_an_endpoint_that_has_been_taken_over_stays(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, minutes=-30)
    deployment.endpoint()
    sagemaker.settle()
    Deployment(sagemaker, "second", etag="two").deploy()

    removal = remove_until_done(deployment)

    assert len(removal["Removed"]) == 2
    assert sagemaker.describe_endpoint("digits")["EndpointStatus"] == "InService"


def test_an_endpoint_of_somebody_else_stays(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    config = deployment.config()
    sagemaker.create_endpoint({"EndpointName": "digits", "EndpointConfigName": config["EndpointConfigName"]}, [])
    sagemaker.settle()

    removal = remove_until_done(deployment)

    assert removal["Removed"] == []
    assert sagemaker.names("endpoint") == ["digits"]


def test_nothing_made_is_nothing_removed(sagemaker: FakeSageMaker) -> None:
    assert Deployment(sagemaker).remove() == {"Removed": [], "Kept": []}
    assert sagemaker.changes == []
