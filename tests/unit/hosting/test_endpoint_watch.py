"""How CreateEndpoint has what it began followed: by what the last one took."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from slipway.errors import AccessDenied, NotFound, ServiceThrottled, SlipwayError
from slipway.hosting.durations import CREATION_SECONDS, UPDATE_SECONDS
from slipway.hosting.poll_schedule import AT_ONCE, poll_schedule
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment, Redeployment

HOUR = 3600.0
UNKNOWN = poll_schedule(None, HOUR)


def learn(sagemaker: FakeSageMaker, arn: str, tag: str, seconds: int) -> None:
    """Do what TagEndpoint and TagEndpointConfig do."""
    sagemaker.add_tags(arn, [{"Key": tag, "Value": str(seconds)}])


def second(sagemaker: FakeSageMaker) -> Deployment:
    return Deployment(sagemaker, "second", etag="two")


def test_the_first_creation_is_followed_by_the_curve(sagemaker: FakeSageMaker) -> None:
    endpoint = Deployment(sagemaker).endpoint()
    assert endpoint["Waits"] == UNKNOWN
    assert endpoint["DurationTag"] == CREATION_SECONDS
    assert abs((datetime.now(UTC) - datetime.fromisoformat(endpoint["StartedAt"])).total_seconds()) < 60
    assert "ReplacedEndpointConfigName" not in endpoint


def test_an_update_is_followed_by_what_the_last_one_took(sagemaker: FakeSageMaker) -> None:
    first = Deployment(sagemaker, minutes=-30).deploy()
    learn(sagemaker, first["EndpointArn"], UPDATE_SECONDS, 700)
    endpoint = second(sagemaker).endpoint()
    assert endpoint["Action"] == "Updated"
    assert endpoint["Waits"] == poll_schedule(700, HOUR)
    assert endpoint["DurationTag"] == UPDATE_SECONDS
    assert endpoint["ReplacedEndpointConfigName"] == first["EndpointConfigName"]


def test_the_first_update_is_followed_by_what_the_creation_took(sagemaker: FakeSageMaker) -> None:
    first = Deployment(sagemaker, minutes=-30).deploy()
    learn(sagemaker, first["EndpointArn"], CREATION_SECONDS, 500)
    assert second(sagemaker).endpoint()["Waits"] == poll_schedule(500, HOUR)


def test_a_deleted_endpoint_is_created_again_from_the_tags_of_its_configuration(sagemaker: FakeSageMaker) -> None:
    first = Deployment(sagemaker, minutes=-30).deploy()
    learn(sagemaker, str(first["EndpointConfigArn"]), CREATION_SECONDS, 500)
    sagemaker.delete_endpoint("digits")
    sagemaker.settle()
    endpoint = Redeployment(sagemaker, first["EndpointConfigName"]).turn()
    assert endpoint["Action"] == "Redeployed"
    assert endpoint["DurationTag"] == CREATION_SECONDS
    assert endpoint["Waits"] == poll_schedule(500, HOUR)


def test_a_step_taken_again_goes_on_with_the_time_that_has_passed(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    deployment.endpoint()
    started = sagemaker.describe_endpoint("digits")["CreationTime"]
    endpoint = deployment.endpoint()
    assert endpoint["Action"] == "Created"
    assert endpoint["StartedAt"] == started.isoformat()
    assert sagemaker.changes.count("create_endpoint") == 1


def test_what_is_in_service_already_is_asked_for_at_once_and_not_timed(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    deployment.deploy()
    endpoint = deployment.endpoint()
    assert endpoint["Waits"] == AT_ONCE
    assert "StartedAt" not in endpoint
    assert "DurationTag" not in endpoint


@pytest.mark.parametrize("error", [AccessDenied("no"), NotFound("not yet")])
def test_a_configuration_whose_tags_cannot_be_read_teaches_nothing(
    sagemaker: FakeSageMaker, error: SlipwayError
) -> None:
    deployment = Deployment(sagemaker)
    config = deployment.config()
    sagemaker.faults.fail("tags", error)
    assert deployment.turn(config)["Waits"] == UNKNOWN


def test_throttled_tags_are_read_before_anything_is_created(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    config = deployment.config()
    sagemaker.faults.fail("tags", ServiceThrottled("Rate exceeded"))
    with pytest.raises(ServiceThrottled):
        deployment.turn(config)
    assert sagemaker.names("endpoint") == []


def test_tags_are_read_once_a_resource(sagemaker: FakeSageMaker) -> None:
    Deployment(sagemaker, minutes=-30).deploy()
    config = second(sagemaker).config()
    before = sagemaker.calls.count("tags")
    second(sagemaker).turn(config)
    assert sagemaker.calls.count("tags") - before <= 3  # the endpoint, its configuration and the wanted one
