"""What a deployment that fails would go back to."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import FieldsConflict, ServiceUnavailable
from slipway.hosting.create_endpoint import CreateEndpointOutput
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment, Redeployment

TESTED: dict[str, Any] = {
    "SmokeTest": {"PayloadUrl": "s3://samples/digit.csv", "ContentType": "text/csv", "Stage": "AfterTraffic"}
}


@pytest.fixture
def first(sagemaker: FakeSageMaker) -> CreateEndpointOutput:
    """A deployment that serves and has passed."""
    return Deployment(sagemaker, "first", minutes=-30, **TESTED).deploy()


def second(sagemaker: FakeSageMaker) -> Deployment:
    return Deployment(sagemaker, "second", etag="two", minutes=-20, **TESTED)


def previous(endpoint: CreateEndpointOutput) -> str | None:
    return endpoint.get("PreviousEndpointConfigName")


def test_a_new_endpoint_has_nothing_to_go_back_to(first: CreateEndpointOutput) -> None:
    assert previous(first) is None


def test_an_update_goes_back_to_what_served(sagemaker: FakeSageMaker, first: CreateEndpointOutput) -> None:
    assert previous(second(sagemaker).endpoint()) == first["EndpointConfigName"]


@pytest.mark.parametrize("settled", [False, True], ids=["Updating", "InService"])
def test_an_update_whose_answer_was_lost_knows_it_still(
    sagemaker: FakeSageMaker, first: CreateEndpointOutput, settled: bool
) -> None:
    deployment = second(sagemaker)
    sagemaker.faults.lose("update_endpoint")
    with pytest.raises(ServiceUnavailable):
        deployment.endpoint()
    if settled:
        sagemaker.settle()

    assert previous(deployment.endpoint()) == first["EndpointConfigName"]


def test_a_deployment_that_has_not_passed_is_no_place_to_go_back_to(
    sagemaker: FakeSageMaker, first: CreateEndpointOutput
) -> None:
    second(sagemaker).endpoint()
    sagemaker.settle()

    third = Deployment(sagemaker, "third", etag="three", **TESTED).endpoint()

    assert previous(third) == first["EndpointConfigName"]


def test_a_configuration_put_there_by_hand_is(sagemaker: FakeSageMaker, first: CreateEndpointOutput) -> None:
    variants = sagemaker.describe_endpoint_config(first["EndpointConfigName"])["ProductionVariants"]
    sagemaker.create_endpoint_config({"EndpointConfigName": "by-hand", "ProductionVariants": variants}, [])
    sagemaker.update_endpoint({"EndpointName": "digits", "EndpointConfigName": "by-hand"})
    sagemaker.settle()

    assert previous(second(sagemaker).endpoint()) == "by-hand"


def test_an_unfinished_deployment_taken_up_again_goes_back_to_what_served_before_it(
    sagemaker: FakeSageMaker, first: CreateEndpointOutput
) -> None:
    second(sagemaker).endpoint()
    sagemaker.settle()

    again = Deployment(sagemaker, "again", etag="two", **TESTED).endpoint()

    assert (again["Action"], previous(again)) == ("AlreadyDeployed", first["EndpointConfigName"])
    assert {tag["Key"] for tag in again["Tags"]} == {"slipway:artifact", "slipway:endpoint-config"}


def test_an_asynchronous_configuration_is_not_redeployed_with_a_smoke_test(
    sagemaker: FakeSageMaker, first: CreateEndpointOutput
) -> None:
    answers: dict[str, Any] = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://answers/"}}}
    config = Deployment(sagemaker, "second", minutes=-20, **answers).config()["EndpointConfigName"]
    redeployment = Redeployment(sagemaker, config)
    redeployment.plan["SmokeTest"] = {"Stage": "AfterTraffic", "Samples": []}

    with pytest.raises(FieldsConflict, match="remove SmokeTest"):
        redeployment.turn()
