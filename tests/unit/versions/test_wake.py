"""Which configuration wakes an endpoint, and which policy it brings."""

from __future__ import annotations

import pytest

from slipway.deployment.tags import AUTO_SCALING, IDLE_DELETED_AT, IN_SERVICE_AT, PROTECTED
from slipway.errors import EndpointConfigNotFound
from slipway.versions.version import config_to_wake, wake_input
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment, Redeployment

BOUNDS = {"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 600}


def configs(sagemaker: FakeSageMaker, *marks: dict[str, str], name: str = "digits") -> list[str]:
    """Make a configuration for each set of tags; return their names."""
    made = []
    for number, tags in enumerate(marks):
        config = Deployment(sagemaker, f"run-{number}", etag=str(number), EndpointName=name).config()
        sagemaker.add_tags(config["EndpointConfigArn"], [{"Key": key, "Value": tags[key]} for key in tags])
        made.append(config["EndpointConfigName"])
    return made


@pytest.mark.parametrize(
    ("marks", "wakes"),
    [
        ([{IN_SERVICE_AT: "1"}, {IN_SERVICE_AT: "2"}], 1),
        ([{IN_SERVICE_AT: "2"}, {IN_SERVICE_AT: "1"}], 0),
        ([{IN_SERVICE_AT: "1", IDLE_DELETED_AT: "3"}, {IN_SERVICE_AT: "2"}], 0),
        ([{IN_SERVICE_AT: "1"}, {}], 0),
    ],
    ids=["the newest", "not the last made", "what served when it was deleted", "not what never served"],
)
def test_what_served_last_wakes(sagemaker: FakeSageMaker, marks: list[dict[str, str]], wakes: int) -> None:
    made = configs(sagemaker, *marks)

    version = config_to_wake("digits", sagemaker)

    assert version.config_name == made[wakes]
    assert wake_input("digits", version.config_name) == {"EndpointName": "digits", "EndpointConfigName": made[wakes]}


def test_what_never_served_cannot_be_woken(sagemaker: FakeSageMaker) -> None:
    configs(sagemaker, {})
    configs(sagemaker, {IN_SERVICE_AT: "1"}, name="digits-2")

    with pytest.raises(EndpointConfigNotFound, match="no version of it that has been in service is kept"):
        config_to_wake("digits", sagemaker)


def test_a_lost_answer_of_a_waking_creation_still_sets_its_scaling_up(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, AutoScaling=BOUNDS)
    deployment.deploy()
    (config,) = sagemaker.names("endpoint-config")
    arn = sagemaker.describe_endpoint_config(config)["EndpointConfigArn"]
    sagemaker.add_tags(arn, [{"Key": AUTO_SCALING, "Value": "1/4/600"}])
    sagemaker.delete_endpoint("digits")
    sagemaker.settle()
    waking = Redeployment(sagemaker, config)

    first, again = waking.turn(), waking.turn()

    assert first["AutoScaling"] == again["AutoScaling"] == [{"VariantName": "AllTraffic", **BOUNDS}]
    assert {"Key": AUTO_SCALING, "Value": "1/4/600"} in again["ScalingPolicy"]


def test_going_back_to_an_older_version_leaves_the_policy_of_the_endpoint_as_it_is(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    deployment.deploy()
    old = sagemaker.names("endpoint-config")[0]
    arn = sagemaker.describe_endpoint_config(old)["EndpointConfigArn"]
    sagemaker.add_tags(arn, [{"Key": PROTECTED, "Value": "false"}, {"Key": AUTO_SCALING, "Value": "1/4/600"}])
    Deployment(sagemaker, "second", etag="two", minutes=1).deploy()
    endpoint = sagemaker.describe_endpoint("digits")["EndpointArn"]
    sagemaker.add_tags(endpoint, [{"Key": PROTECTED, "Value": "true"}])

    answer = Redeployment(sagemaker, old).turn()

    assert (answer["Action"], answer["Policy"]) == ("Redeployed", [{"Key": PROTECTED, "Value": "true"}])
    assert "AutoScaling" not in answer


def test_what_hosting_cannot_have_is_said_to_be_none(sagemaker: FakeSageMaker) -> None:
    Deployment(sagemaker, AutoScaling=BOUNDS).deploy()
    endpoint = sagemaker.describe_endpoint("digits")["EndpointArn"]
    sagemaker.add_tags(endpoint, [{"Key": AUTO_SCALING, "Value": "1/4/600"}])
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}

    answer = Deployment(sagemaker, "second", etag="two", minutes=1, **serverless).endpoint()

    assert answer["ScalingPolicy"] == [{"Key": AUTO_SCALING, "Value": "none"}]
