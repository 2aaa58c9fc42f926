"""RemoveFailedDeployment: what the execution made goes, what others made or what serves stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from slipway.deployment.tags import IN_SERVICE_AT
from slipway.errors import ServiceUnavailable
from slipway.failure.remove_failed_deployment import Removal
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import NOW, Deployment

KINDS = ("model", "endpoint-config", "endpoint")
PING = "It did not pass the ping health check."


def everything(sagemaker: FakeSageMaker) -> dict[str, list[str]]:
    return {kind: sagemaker.names(kind) for kind in KINDS}


def remove_until_done(deployment: Deployment) -> Removal:
    """Take turns as the workflow does, while SageMaker gets on with its work; `Removed` is what all turns removed."""
    removed: list[str] = []
    for _ in range(10):
        removal = deployment.remove()
        removed += [one for one in removal["Removed"] if one not in removed]
        if not removal["IsBusy"]:
            return {**removal, "Removed": removed}
        deployment.sagemaker.settle()
    raise AssertionError("it never ended")


def use_by_hand(sagemaker: FakeSageMaker, model: str) -> None:
    """Let an endpoint of a person serve a model, with a configuration of its own."""
    sagemaker.now = NOW
    variant = {"VariantName": "v", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config({"EndpointConfigName": "by-hand", "ProductionVariants": [variant]}, [])
    sagemaker.create_endpoint({"EndpointName": "theirs", "EndpointConfigName": "by-hand"}, [])
    sagemaker.settle()


def unreadable(sagemaker: FakeSageMaker) -> None:
    """Let there be an endpoint whose configuration is gone, for an hour."""
    sagemaker.now = NOW - timedelta(hours=1)
    Deployment(sagemaker, "unknown", EndpointName="unknown", minutes=-60).deploy()
    sagemaker.refuses_in_use = False
    sagemaker.delete_endpoint_config(sagemaker.names("endpoint-config")[0])


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


@pytest.mark.parametrize("is_ours", [True, False], ids=["own update", "another deployment's update"])
def test_an_endpoint_that_stays_is_not_named_for_deletion_while_it_is_busy(
    sagemaker: FakeSageMaker, is_ours: bool
) -> None:
    first = Deployment(sagemaker, "first", minutes=-20)
    first.deploy()
    second = Deployment(sagemaker, "second", etag="two", minutes=-10)
    second.endpoint()

    removal = second.remove(was_updated=True) if is_ours else first.remove()

    assert removal["IsBusy"] is is_ours
    assert not any(kept.startswith("Endpoint ") for kept in removal["Kept"])
    assert "delete-endpoint" not in removal["Hint"]


def test_a_failed_creation_leaves_nothing(failed: Deployment) -> None:
    config, model = failed.sagemaker.names("endpoint-config")[0], failed.sagemaker.names("model")[0]

    removal = remove_until_done(failed)

    assert removal["Removed"] == ["Endpoint digits", f"Model {model}", f"EndpointConfig {config}"]
    assert removal["Kept"] == []
    assert everything(failed.sagemaker) == {"model": [], "endpoint-config": [], "endpoint": []}


def test_the_endpoint_is_gone_before_its_configuration_is_deleted(failed: Deployment) -> None:
    assert failed.remove()["IsBusy"]

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


def test_a_model_that_a_later_deployment_has_found_stays_though_nothing_uses_it(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, "first", InitialInstanceCount=2)
    deployment.config()
    Deployment(sagemaker, "later", minutes=1).model()

    removal = remove_until_done(deployment)

    assert removal["Kept"] == [f"Model {sagemaker.names('model')[0]}"]
    assert sagemaker.names("endpoint-config") == []


@pytest.mark.parametrize(
    ("status", "outcome", "is_kept"),
    [
        ("RUNNING", None, True),
        ("SUCCEEDED", "AlreadyDeployed", True),
        ("SUCCEEDED", "Superseded", False),
        ("FAILED", None, False),
        ("TIMED_OUT", None, False),
        ("ABORTED", None, False),
    ],
)
def test_what_a_later_deployment_has_found_goes_once_that_one_has_failed(
    sagemaker: FakeSageMaker, status: str, outcome: str | None, is_kept: bool
) -> None:
    deployment = Deployment(sagemaker, "first")
    deployment.config()
    later = Deployment(sagemaker, "later", minutes=1)
    later.config()
    sagemaker.end_execution(later.execution["Id"], status, outcome)

    assert bool(remove_until_done(deployment)["Kept"]) == is_kept
    assert bool(sagemaker.names("model")) == is_kept


def test_what_a_stopped_deployment_left_goes_with_the_next_one_of_its_content(sagemaker: FakeSageMaker) -> None:
    stopped = Deployment(sagemaker, "stopped", minutes=-1)
    stopped.config()
    sagemaker.end_execution(stopped.execution["Id"], "ABORTED")
    again = Deployment(sagemaker, "again")
    again.config()

    assert len(remove_until_done(again)["Removed"]) == 2


def test_a_model_stays_with_another_configuration_of_it_that_nothing_uses(sagemaker: FakeSageMaker) -> None:
    stopped = Deployment(sagemaker, "stopped", minutes=-2)
    stopped.model()
    sagemaker.end_execution(stopped.execution["Id"], "ABORTED")
    other = Deployment(sagemaker, "other", minutes=-1, InstanceType="ml.m5.xlarge").config()["EndpointConfigName"]
    again = Deployment(sagemaker, "again")
    config = again.config()["EndpointConfigName"]

    assert remove_until_done(again)["Removed"] == [f"EndpointConfig {config}"]
    assert sagemaker.names("endpoint-config") == [other]


def test_what_an_earlier_deployment_has_announced_stays_though_its_tags_do_not_say_so(sagemaker: FakeSageMaker) -> None:
    earlier = Deployment(sagemaker, "earlier", minutes=-1)
    earlier.config()
    sagemaker.end_execution(earlier.execution["Id"], "SUCCEEDED", "Created")
    again = Deployment(sagemaker, "again")
    again.config()

    assert remove_until_done(again)["Removed"] == []


def test_what_was_in_service_stays(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    config = deployment.config()
    sagemaker.add_tags(config["EndpointConfigArn"], [{"Key": IN_SERVICE_AT, "Value": "2026-11-01T12:00:00.000Z"}])

    removal = remove_until_done(deployment)

    assert removal["Removed"] == []
    assert len(removal["Kept"]) == 2, "the model of a configuration that stays, too"


def test_an_endpoint_that_another_deployment_has_announced_stays(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, minutes=-1)
    config = deployment.config()
    deployment.turn(config)
    sagemaker.settle()
    sagemaker.add_tags(config["EndpointConfigArn"], [{"Key": IN_SERVICE_AT, "Value": "2199-01-01T00:00:00.000Z"}])

    assert remove_until_done(deployment)["Removed"] == []


def test_an_endpoint_that_was_updated_stays_though_it_bears_the_executions_tag(
    sagemaker: FakeSageMaker, served: Deployment
) -> None:
    """After a scaling that failed its tags say what it serves."""
    deployment = Deployment(sagemaker, "second", etag="two")
    deployment.deploy()

    assert deployment.remove(was_updated=True)["Removed"] == []


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


def test_a_model_that_an_endpoint_of_a_person_uses_stays_though_no_tag_says_so(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    model = deployment.model()["ModelName"]
    use_by_hand(sagemaker, model)
    config = deployment.config()["EndpointConfigName"]

    removal = remove_until_done(deployment)

    assert (removal["Removed"], removal["Kept"]) == ([f"EndpointConfig {config}"], [f"Model {model}"])
    assert sagemaker.archives.kept


def test_what_stays_in_doubt_is_named_with_the_doubt(sagemaker: FakeSageMaker) -> None:
    unreadable(sagemaker)
    stopped, deployment = Deployment(sagemaker, "stopped", minutes=-1), Deployment(sagemaker)
    stopped.model()
    sagemaker.end_execution(stopped.execution["Id"], "ABORTED")
    model = deployment.model()["ModelName"]

    removal = remove_until_done(deployment)

    assert (removal["Removed"], removal["Kept"]) == ([], [f"Model {model}"])
    assert removal["Hint"].startswith("Models stay: the endpoint unknown serves the configuration")


def test_an_endpoint_that_has_not_changed_since_uses_nothing_that_only_this_execution_has_requested(
    sagemaker: FakeSageMaker,
) -> None:
    unreadable(sagemaker)
    deployment = Deployment(sagemaker)
    model = deployment.model()["ModelName"]

    assert remove_until_done(deployment)["Removed"] == [f"Model {model}"]


def test_a_transform_jobs_model_that_an_endpoint_uses_stays(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    deployment.plan["Transform"] = {}
    model = deployment.model()["ModelName"]
    use_by_hand(sagemaker, model)

    assert remove_until_done(deployment)["Kept"] == [f"Model {model}"]


def test_an_endpoint_that_has_been_taken_over_stays(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, minutes=-30)
    deployment.endpoint()
    sagemaker.settle()
    Deployment(sagemaker, "second", etag="two").deploy()

    removal = remove_until_done(deployment)

    assert len(removal["Removed"]) == 2
    assert sagemaker.describe_endpoint("digits")["EndpointStatus"] == "InService"


def test_an_endpoint_of_another_creator_stays(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    config = deployment.config()
    sagemaker.create_endpoint({"EndpointName": "digits", "EndpointConfigName": config["EndpointConfigName"]}, [])
    sagemaker.settle()

    removal = remove_until_done(deployment)

    assert removal["Removed"] == []
    assert sagemaker.names("endpoint") == ["digits"]


def test_nothing_made_is_nothing_removed(sagemaker: FakeSageMaker) -> None:
    removal = Deployment(sagemaker).remove()

    assert (removal["Removed"], removal["Kept"], removal["IsBusy"]) == ([], [], False)
    assert sagemaker.changes == []
