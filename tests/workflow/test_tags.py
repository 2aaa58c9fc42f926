"""Tags that AWS refuses are a warning, and never mislead a later deployment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conventions.project import Json
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.faults import FOR_GOOD, Order
from tests.workflow.world import World

NAME = "digits"
SAMPLE = {"PayloadUrl": f"s3://{MODEL_BUCKET}/sample.json", "ContentType": "application/json", "Stage": "AfterTraffic"}


def request(world: World, weights: str, **fields: Any) -> Json:
    world.upload(f"archives/{weights}.tar.gz", weights)
    world.put("sample.json", b"[1]")
    url = f"s3://{MODEL_BUCKET}/archives/{weights}.tar.gz"
    base = {"EndpointName": NAME, "ModelDataUrl": url, "Framework": "sklearn", "InstanceType": "ml.m5.large"}
    return {**base, "SmokeTest": SAMPLE, **fields}


def many_tags(prefix: str) -> list[dict[str, str]]:
    return [{"Key": f"{prefix}{number}", "Value": "v"} for number in range(30)]


def deployed(world: World, weights: str, **fields: Any) -> Json:
    execution = world.deploy(request(world, weights, **fields))
    assert execution.status == "SUCCEEDED", execution.cause
    world.time.pass_(60)
    return dict(execution.output)


def after_a_smoke_test_that_fails(world: World) -> str:
    """Deploy once more, with a smoke test that is not passed; return what serves then."""
    world.orders.append(Order("access denied", "SmokeTest", "sagemaker-runtime:InvokeEndpoint", count=FOR_GOOD))
    assert world.deploy(request(world, "third")).status == "FAILED"
    world.settle()
    return world.there().endpoints[NAME][1]


def test_more_user_tags_than_an_endpoint_takes_are_a_warning_and_a_failure_goes_back_to_what_served(
    world: World,
) -> None:
    deployed(world, "first", Tags=many_tags("a"))
    second = deployed(world, "second", Tags=many_tags("b"))

    (warning,) = second["Warnings"]
    assert "50 tags at most" in warning
    assert after_a_smoke_test_that_fails(world) == second["EndpointConfigName"]


@pytest.mark.parametrize("state", ["TagEndpoint", "TagEndpointConfig"])
def test_a_refusal_of_our_own_tags_is_a_warning_and_a_failure_goes_back_to_what_served(
    world: World, state: str
) -> None:
    deployed(world, "first")
    world.orders.append(Order("access denied", state, "sagemaker:AddTags", count=FOR_GOOD))
    second = deployed(world, "second")
    world.orders.clear()

    (warning,) = second["Warnings"]
    assert "Allow sagemaker:AddTags on it" in warning
    assert after_a_smoke_test_that_fails(world) == second["EndpointConfigName"]


def test_what_an_announced_deployment_found_in_service_is_marked_as_a_version(world: World) -> None:
    first = deployed(world, "first", SmokeTest=SAMPLE)
    arn = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": first["EndpointConfigName"]})[
        "EndpointConfigArn"
    ]
    world.sagemaker.call("DeleteTags", {"ResourceArn": arn, "TagKeys": ["slipway:in-service-at"]})

    again = request(world, "first")
    del again["SmokeTest"]

    assert world.deploy(again).outcome == "AlreadyDeployed"
    tags = world.sagemaker.call("ListTags", {"ResourceArn": arn})["Tags"]
    assert "slipway:in-service-at" in {tag["Key"] for tag in tags}
