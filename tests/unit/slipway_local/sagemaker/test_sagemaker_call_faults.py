"""Ordered faults of calls: what the caller sees, what is done, and how orders are counted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import ACCOUNT, IMAGE, PREFIX, World, variant

from slipway_local.sagemaker import Fault, ResponseLost

CREATE = {"ModelName": "m", "PrimaryContainer": {"Image": IMAGE}}


def order(world: World, kind: Any, **fields: Any) -> Fault:
    return world.sagemaker.faults.order(Fault(kind, **fields))


@pytest.mark.parametrize(
    ("kind", "code", "status", "text"),
    [
        ("Throttle", "ThrottlingException", 400, "Rate exceeded"),
        ("InternalFailure", "InternalFailure", 500, "The request processing has failed."),
        (
            "AccessDenied",
            "AccessDeniedException",
            400,
            f"User: arn:aws:sts::{ACCOUNT}:assumed-role/local/local is not authorized to perform: "
            f"sagemaker:CreateModel on resource: {PREFIX}model/m because no identity-based policy allows the "
            "sagemaker:CreateModel action",
        ),
    ],
)
def test_a_refusing_fault_speaks_as_aws_does_and_nothing_is_done(
    world: World, kind: str, code: str, status: int, text: str
) -> None:
    order(world, kind)
    error = world.refusal("CreateModel", **CREATE)
    assert (error.code, error.status, error.message) == (code, status, text)
    assert world.call("ListModels") == {"Models": []}


def test_a_fault_happens_count_times_after_skipped_calls(world: World) -> None:
    order(world, "Throttle", count=2, skip=2)
    for _ in range(2):
        world.call("ListModels")
    assert [world.refusal("ListModels").code for _ in range(2)] == ["ThrottlingException"] * 2
    assert world.call("ListModels") == {"Models": []}
    assert world.sagemaker.faults.open() == []


def test_faults_happen_in_their_order(world: World) -> None:
    order(world, "Throttle")
    order(world, "AccessDenied", message="No.")
    order(world, "ResourceLimitExceeded")
    errors = [world.refusal("CreateModel", **CREATE) for _ in range(3)]
    assert [error.code for error in errors] == ["ThrottlingException", "AccessDeniedException", "ResourceLimitExceeded"]
    assert errors[1].message == "No."
    assert errors[2].message.startswith("The account-level service limit 'CreateModel' is 0")


def test_a_fault_concerns_only_its_operation_and_endpoint(world: World) -> None:
    world.in_service()
    order(world, "Throttle", operation="DescribeEndpoint", endpoint_name="endpoint-1")
    world.call("ListEndpoints")
    assert world.refused("DescribeEndpoint", EndpointName="other").startswith("Could not find")
    assert world.refusal("DescribeEndpoint", EndpointName="endpoint-1").code == "ThrottlingException"


def test_a_withdrawn_fault_does_nothing(world: World) -> None:
    kept, withdrawn = order(world, "Throttle"), order(world, "InternalFailure")
    assert world.sagemaker.faults.clear(withdrawn.fault_id) == 1
    assert world.sagemaker.faults.open() == [kept]
    assert world.sagemaker.clear_faults() == 1
    assert world.call("ListModels") == {"Models": []}


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("DescribeEndpoint", {"EndpointName": "e"}, f"{PREFIX}endpoint/e"),
        ("UpdateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, f"{PREFIX}endpoint/e"),
        ("DeleteEndpointConfig", {"EndpointConfigName": "c"}, f"{PREFIX}endpoint-config/c"),
        ("ListTags", {"ResourceArn": f"{PREFIX}model/m"}, f"{PREFIX}model/m"),
        ("ListEndpoints", {}, "*"),
    ],
)
def test_a_denied_call_names_its_resource(world: World, operation: str, params: dict[str, str], resource: str) -> None:
    order(world, "AccessDenied")
    assert f" on resource: {resource} because" in world.refusal(operation, **params).message


def test_an_exceeded_limit_names_the_instance_type_of_the_configuration(world: World) -> None:
    world.model()
    world.config("config-1", variant(InitialInstanceCount=2))
    order(world, "ResourceLimitExceeded", operation="CreateEndpoint")
    error = world.refusal("CreateEndpoint", EndpointName="e", EndpointConfigName="config-1")
    assert (error.code, error.status) == ("ResourceLimitExceeded", 400)
    assert error.message.startswith(
        "The account-level service limit 'ml.m5.xlarge for endpoint usage' is 0 Instances, with current "
        "utilization of 0 Instances and a request delta of 2 Instances."
    )


def test_a_lost_response_hides_what_was_performed_or_refused(world: World) -> None:
    for how in ("InternalFailure", "ConnectionDropped"):  # the second CreateModel would be refused
        order(world, "ResponseLost", how=how)
        error = world.refusal("CreateModel", **CREATE)
        assert isinstance(error, ResponseLost)
        assert (error.code, error.status, error.how) == ("InternalFailure", 500, how)
        assert world.call("DescribeModel", ModelName="m")["ModelName"] == "m"


@pytest.mark.parametrize(
    ("created", "noun", "name"),
    [
        ("Model", "model", "model-1"),
        ("EndpointConfig", "endpoint configuration", "config-1"),
        ("Endpoint", "endpoint", "endpoint-1"),
    ],
)
def test_a_created_resource_is_invisible_for_some_reads(world: World, created: str, noun: str, name: str) -> None:
    order(world, "EventuallyConsistent", operation=f"Create{created}", reads=2)
    world.model()
    if created != "Model":
        world.config()
    if created == "Endpoint":
        world.endpoint()
    for _ in range(2):
        assert world.refused(f"Describe{created}", **{f"{created}Name": name}).startswith(f'Could not find {noun} "')
    assert world.call(f"Describe{created}", **{f"{created}Name": name})[f"{created}Name"] == name


def test_an_invisible_resource_is_not_listed(world: World) -> None:
    order(world, "EventuallyConsistent", operation="CreateModel")
    world.model()
    assert world.call("ListModels") == {"Models": []}
    world.refused("DescribeModel", ModelName="model-1")
    assert len(world.call("ListModels")["Models"]) == 1


def test_create_endpoint_does_not_see_an_invisible_configuration(world: World) -> None:
    order(world, "EventuallyConsistent", operation="CreateEndpointConfig")
    world.model()
    world.config()
    names = {"EndpointName": "e", "EndpointConfigName": "config-1"}
    assert world.refused("CreateEndpoint", **names).startswith("Could not find endpoint configuration")
    world.call("CreateEndpoint", **names)


def test_an_invisible_resource_still_exists(world: World) -> None:
    order(world, "EventuallyConsistent", operation="CreateModel", reads=9)
    world.model("m")
    assert world.refused("CreateModel", **CREATE).startswith("Cannot create already existing model")


def test_an_invisible_endpoint_still_becomes_in_service(world: World) -> None:
    order(world, "EventuallyConsistent", operation="CreateEndpoint")
    world.create()
    world.finish()
    world.refused("DescribeEndpoint", EndpointName="endpoint-1")
    assert world.describe()["EndpointStatus"] == "InService"


def test_a_creation_that_was_refused_leaves_the_order_open(world: World) -> None:
    world.model("m")
    fault = order(world, "EventuallyConsistent", operation="CreateModel")
    world.refused("CreateModel", **CREATE)
    assert world.sagemaker.faults.open() == [fault]
