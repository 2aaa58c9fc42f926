"""Endpoints that this stack did not deploy, and names that differ in case only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slipway.deployment.tags import STACK
from slipway.errors import EndpointNameTaken, EndpointNotOurs
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.unit.deployments import Deployment


@pytest.fixture
def by_hand(sagemaker: FakeSageMaker) -> str:
    """An endpoint that was created by hand; return its configuration."""
    model = Deployment(sagemaker, etag="zero", minutes=-30).model()["ModelName"]
    variant = {"VariantName": "Blue", "ModelName": model, "InstanceType": "ml.c5.xlarge", "InitialInstanceCount": 4}
    sagemaker.create_endpoint_config({"EndpointConfigName": "by-hand", "ProductionVariants": [variant]}, [])
    sagemaker.create_endpoint({"EndpointName": "digits", "EndpointConfigName": "by-hand"}, [])
    sagemaker.settle()
    return "by-hand"


def deployment(sagemaker: FakeSageMaker, adopt_endpoints: str, **plan: bool) -> Deployment:
    wanted = Deployment(sagemaker)
    wanted.settings = replace(SETTINGS, adopt_endpoints=adopt_endpoints)
    wanted.plan |= plan  # type: ignore[typeddict-item]
    return wanted


@pytest.mark.parametrize(
    ("allowed", "asked", "remedy"),
    [
        ("Refused", False, "set the stack's parameter AdoptEndpoints"),
        ("Refused", True, "set the stack's parameter AdoptEndpoints"),
        ("OnRequest", False, "write Adopt: true"),
    ],
)
def test_an_endpoint_of_others_is_left_alone(
    sagemaker: FakeSageMaker, by_hand: str, allowed: str, asked: bool, remedy: str
) -> None:
    with pytest.raises(EndpointNotOurs, match=remedy):
        deployment(sagemaker, allowed, Adopt=asked).endpoint()

    assert sagemaker.describe_endpoint("digits")["EndpointConfigName"] == by_hand
    assert "update_endpoint" not in sagemaker.calls


@pytest.mark.parametrize(("allowed", "asked"), [("OnRequest", True), ("Allowed", False)])
def test_an_endpoint_of_others_is_taken_over_where_the_owner_allows_it(
    sagemaker: FakeSageMaker, by_hand: str, allowed: str, asked: bool
) -> None:
    endpoint = deployment(sagemaker, allowed, Adopt=asked).endpoint()

    assert endpoint["Action"] == "Updated"
    assert {"Key": "slipway:adopted-config", "Value": "by-hand"} in endpoint["Tags"], "what a rollback puts back"
    (warning,) = endpoint["Warnings"]
    assert "variant Blue with digits-" in warning
    assert "on 4 x ml.c5.xlarge becomes variant AllTraffic with digits-" in warning
    assert '{"EndpointName": "digits", "EndpointConfigName": "by-hand"} puts it back' in warning


def test_an_endpoint_of_another_stack_is_left_alone(sagemaker: FakeSageMaker) -> None:
    theirs = Deployment(sagemaker, minutes=-30)
    theirs.settings = replace(SETTINGS, stack_name="other")
    theirs.deploy()

    with pytest.raises(EndpointNotOurs):
        Deployment(sagemaker, etag="two").endpoint()


def test_a_failed_endpoint_of_others_is_not_deleted(sagemaker: FakeSageMaker, by_hand: str) -> None:
    sagemaker.force_status("digits", "Failed")

    with pytest.raises(EndpointNotOurs):
        deployment(sagemaker, "Refused").endpoint()

    assert "delete_endpoint" not in sagemaker.calls


def test_a_failed_endpoint_in_the_way_is_deleted_and_the_output_says_so(sagemaker: FakeSageMaker, by_hand: str) -> None:
    sagemaker.force_status("digits", "Failed")

    endpoint = deployment(sagemaker, "Allowed").endpoint()

    assert (endpoint["Action"], endpoint["Removed"]) == ("Busy", ["Endpoint digits"])


def test_a_name_that_differs_in_case_only_is_refused(sagemaker: FakeSageMaker) -> None:
    Deployment(sagemaker, minutes=-30).deploy()

    with pytest.raises(EndpointNameTaken) as caught:
        Deployment(sagemaker, EndpointName="Digits").endpoint()

    assert str(caught.value) == (
        "EndpointName is Digits, but the endpoint digits exists, and SageMaker takes no second name that differs in "
        "upper and lower case only: write digits, or choose another name."
    )


def test_an_endpoint_bears_the_stack(sagemaker: FakeSageMaker) -> None:
    endpoint = Deployment(sagemaker).deploy()

    assert sagemaker.tags(endpoint["EndpointArn"])[STACK] == "slipway"
