"""An existing configuration is put back: a rollback, or waking an endpoint that was deleted."""

from __future__ import annotations

import pytest

from slipway.errors import (
    AccessDenied,
    AlarmAlreadyFiring,
    EndpointConfigNotFound,
    HostingCannotChange,
    ServiceUnavailable,
)
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment, Redeployment


@pytest.fixture
def first_config(sagemaker: FakeSageMaker) -> str:
    """The configuration that two deployments began with; the second one's is served."""
    config = Deployment(sagemaker, "first", minutes=-30).deploy()["EndpointConfigName"]
    Deployment(sagemaker, "second", etag="two", minutes=-20).deploy()
    return config


def test_an_earlier_configuration_is_put_back(sagemaker: FakeSageMaker, first_config: str) -> None:
    endpoint = Redeployment(sagemaker, first_config).turn()
    sagemaker.settle()

    assert endpoint["Action"] == "Redeployed"
    assert sagemaker.describe_endpoint("digits")["EndpointConfigName"] == first_config


def test_a_redeployment_whose_answer_was_lost_is_recognised(sagemaker: FakeSageMaker, first_config: str) -> None:
    redeployment = Redeployment(sagemaker, first_config)
    sagemaker.faults.lose("update_endpoint")

    with pytest.raises(ServiceUnavailable):
        redeployment.turn()

    assert redeployment.turn()["Action"] == "Redeployed"
    assert sagemaker.changes.count("update_endpoint") == 2  # the second deployment's, and the lost one


def test_an_update_of_another_deployment_to_the_same_configuration_is_waited_for(
    sagemaker: FakeSageMaker, first_config: str
) -> None:
    Redeployment(sagemaker, first_config, "other").turn()
    redeployment, turns = Redeployment(sagemaker, first_config, minutes=6), []

    for _ in range(2):
        turns.append(redeployment.turn()["Action"])
        sagemaker.settle()

    assert turns == ["Busy", "AlreadyDeployed"]


def test_an_endpoint_that_was_deleted_is_woken(sagemaker: FakeSageMaker, first_config: str) -> None:
    sagemaker.delete_endpoint("digits")
    sagemaker.settle()

    endpoint = Redeployment(sagemaker, first_config).turn()

    assert endpoint["Action"] == "Redeployed"
    assert sagemaker.describe_endpoint("digits")["EndpointStatus"] == "Creating"


def test_what_is_served_already_is_left_alone(sagemaker: FakeSageMaker, first_config: str) -> None:
    config_name = sagemaker.describe_endpoint("digits")["EndpointConfigName"]

    assert Redeployment(sagemaker, config_name).turn()["Action"] == "AlreadyDeployed"


def test_a_configuration_that_does_not_exist_is_refused_with_a_way_to_find_one(sagemaker: FakeSageMaker) -> None:
    with pytest.raises(EndpointConfigNotFound) as caught:
        Redeployment(sagemaker, "digits-0f1e2d3c4b5a").turn()

    assert str(caught.value) == (
        "EndpointConfigName is digits-0f1e2d3c4b5a, but no such endpoint configuration exists: "
        "list those of this endpoint with aws sagemaker list-endpoint-configs --name-contains digits"
    )


def test_a_failed_redeployment_leaves_configuration_and_model(sagemaker: FakeSageMaker, first_config: str) -> None:
    redeployment = Redeployment(sagemaker, first_config)
    sagemaker.fail_next("It did not pass the ping health check.")
    redeployment.turn()
    sagemaker.settle()

    assert redeployment.remove()["Removed"] == []
    assert first_config in sagemaker.names("endpoint-config")
    assert len(sagemaker.names("model")) == 2


ASYNC = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out/"}}}
WATCHED = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}


@pytest.fixture
def asynchronous_config(sagemaker: FakeSageMaker, first_config: str) -> str:
    """A configuration of another kind of hosting, beside the one that is served."""
    found = sagemaker.describe_endpoint_config(first_config)
    request = {"EndpointConfigName": "asynchronous", "ProductionVariants": found["ProductionVariants"], **ASYNC}
    sagemaker.create_endpoint_config(request, [])
    return "asynchronous"


def test_a_configuration_of_another_kind_of_hosting_is_refused_before_anything_changes(
    sagemaker: FakeSageMaker, asynchronous_config: str
) -> None:
    changes = list(sagemaker.changes)

    with pytest.raises(HostingCannotChange, match="does not change it to asynchronous inference"):
        Redeployment(sagemaker, asynchronous_config).turn()

    assert sagemaker.changes == changes


def test_an_alarm_that_fires_refuses_the_redeployment_before_anything_changes(
    sagemaker: FakeSageMaker, first_config: str
) -> None:
    redeployment, changes = Redeployment(sagemaker, first_config), list(sagemaker.changes)
    redeployment.plan["DeploymentConfig"] = WATCHED
    redeployment.alarms.states["errors"] = "ALARM"

    with pytest.raises(AlarmAlreadyFiring):
        redeployment.turn()

    assert sagemaker.changes == changes


def test_a_redeployment_that_has_begun_is_not_refused_by_its_alarm(sagemaker: FakeSageMaker, first_config: str) -> None:
    redeployment = Redeployment(sagemaker, first_config)
    redeployment.plan["DeploymentConfig"] = WATCHED
    redeployment.alarms.states["errors"] = "OK"
    sagemaker.faults.lose("update_endpoint")
    with pytest.raises(ServiceUnavailable):
        redeployment.turn()
    redeployment.alarms.states["errors"] = "ALARM"

    assert redeployment.turn()["Action"] == "Redeployed"


def test_alarms_that_cannot_be_read_are_a_warning_of_the_redeployment(
    sagemaker: FakeSageMaker, first_config: str
) -> None:
    redeployment = Redeployment(sagemaker, first_config)
    redeployment.plan["DeploymentConfig"] = WATCHED
    redeployment.alarms.error = AccessDenied("No.")

    (warning,) = redeployment.turn()["Warnings"]

    assert "errors could not be checked (AccessDenied: No)" in warning
