"""The local SageMaker as a plain boto3 client sees it, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.validate import ParamValidator
from tests.contract.sagemaker.loopback import Loopback
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, ROLE, variant

from slipway_local.ports import HostingFailed
from slipway_local.sagemaker import Fault

MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
PATIENT = {"Delay": 0, "MaxAttempts": 5000}  # no pause between polls: the server's clock runs 100 times as fast
TAGS = [{"Key": "team", "Value": "red"}]


def model(client: Any, name: str = "model-1") -> str:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://models/{name}.tar.gz"}
    answer = client.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE, Tags=TAGS)
    return str(answer["ModelArn"])


def config(client: Any, name: str = "config-1", model_name: str = "model-1") -> None:
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant(model=model_name)], Tags=TAGS)


def endpoint(client: Any, name: str = "endpoint-1") -> None:
    client.create_endpoint(EndpointName=name, EndpointConfigName="config-1", Tags=TAGS)


def wait(client: Any, waiter: str, name: str = "endpoint-1") -> None:
    client.get_waiter(waiter).wait(EndpointName=name, WaiterConfig=PATIENT)


def in_service(client: Any) -> None:
    model(client)
    config(client)
    endpoint(client)
    wait(client, "endpoint_in_service")


def refusal(call: Callable[[], object]) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_a_life_from_creation_to_deletion_with_boto3s_own_waiters(client: Any, loopback: Loopback) -> None:
    in_service(client)
    model(client, "model-2")
    config(client, "config-2", "model-2")
    client.update_endpoint(EndpointName="endpoint-1", EndpointConfigName="config-2")
    updating = client.describe_endpoint(EndpointName="endpoint-1")
    assert updating["EndpointStatus"] == "Updating"
    assert updating["PendingDeploymentSummary"]["EndpointConfigName"] == "config-2"
    wait(client, "endpoint_in_service")
    assert client.describe_endpoint(EndpointName="endpoint-1")["EndpointConfigName"] == "config-2"
    client.delete_endpoint(EndpointName="endpoint-1")
    wait(client, "endpoint_deleted")
    for name in ("1", "2"):
        client.delete_endpoint_config(EndpointConfigName=f"config-{name}")
        client.delete_model(ModelName=f"model-{name}")
    assert loopback.hosting.running == []
    assert client.list_endpoints()["Endpoints"] == []


def test_the_waiter_gives_up_on_a_failed_endpoint(client: Any, loopback: Loopback) -> None:
    loopback.hosting.failures.append(HostingFailed("no ping"))
    model(client)
    config(client)
    endpoint(client)
    with pytest.raises(botocore.exceptions.WaiterError, match="Failed"):
        wait(client, "endpoint_in_service")
    assert client.describe_endpoint(EndpointName="endpoint-1")["FailureReason"] == "no ping"


def test_paginators_show_everything_once(client: Any) -> None:
    model(client)
    for n in range(23):
        model(client, f"m{n}")
        config(client, f"config-{n}", f"m{n}")
    for n in range(7):
        client.create_endpoint(EndpointName=f"e{n}", EndpointConfigName=f"config-{n}")
    listed = {
        operation: [
            item[key[:-1] + "Name"]
            for page in client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5})
            for item in page[key]
        ]
        for operation, key in (
            ("list_models", "Models"),
            ("list_endpoint_configs", "EndpointConfigs"),
            ("list_endpoints", "Endpoints"),
        )
    }
    assert sorted(listed["list_models"]) == sorted(["model-1", *(f"m{n}" for n in range(23))])
    assert sorted(listed["list_endpoint_configs"]) == sorted(f"config-{n}" for n in range(23))
    assert sorted(listed["list_endpoints"]) == sorted(f"e{n}" for n in range(7))


def test_time_filters_survive_the_wire(client: Any) -> None:
    model(client)
    now = datetime.now(UTC)
    assert client.list_models(CreationTimeAfter=now + timedelta(hours=1))["Models"] == []
    (shown,) = client.list_models(CreationTimeAfter=now - timedelta(hours=1))["Models"]
    assert abs(shown["CreationTime"] - now) < timedelta(minutes=1)


def test_tags_are_added_listed_and_removed(client: Any) -> None:
    arn = model(client)
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "slipway:stack", "Value": "a b"}])
    pages = client.get_paginator("list_tags").paginate(ResourceArn=arn)
    shown = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    assert shown == {"team": "red", "slipway:stack": "a b"}
    client.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "slipway:stack", "Value": "a b"}]


def answers(client: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (operation, answer) of every operation in every state that an answer depends on."""
    arn = model(client)
    yield "ListModels", client.list_models()
    yield "DescribeModel", client.describe_model(ModelName="model-1")
    yield "AddTags", client.add_tags(ResourceArn=arn, Tags=TAGS)
    yield "ListTags", client.list_tags(ResourceArn=arn)
    yield "DeleteTags", client.delete_tags(ResourceArn=arn, TagKeys=["team"])
    config(client)
    yield "ListEndpointConfigs", client.list_endpoint_configs()
    yield "DescribeEndpointConfig", client.describe_endpoint_config(EndpointConfigName="config-1")
    names = {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"}
    yield "CreateEndpoint", client.create_endpoint(**names)
    yield "DescribeEndpoint", client.describe_endpoint(EndpointName="endpoint-1")
    wait(client, "endpoint_in_service")
    yield "DescribeEndpoint", client.describe_endpoint(EndpointName="endpoint-1")
    yield "ListEndpoints", client.list_endpoints()
    yield "UpdateEndpoint", client.update_endpoint(**names)
    yield "DescribeEndpoint", client.describe_endpoint(EndpointName="endpoint-1")
    wait(client, "endpoint_in_service")
    change = [{"VariantName": "AllTraffic", "DesiredWeight": 2.0}]
    yield (
        "UpdateEndpointWeightsAndCapacities",
        client.update_endpoint_weights_and_capacities(EndpointName="endpoint-1", DesiredWeightsAndCapacities=change),
    )


def test_every_answer_is_valid_by_awss_own_model_of_it(client: Any) -> None:
    seen = set()
    for operation, answer in answers(client):
        answer.pop("ResponseMetadata")
        shape = MODEL.operation_model(operation).output_shape
        if shape is not None:
            report = ParamValidator().validate(answer, shape)
            assert not report.has_errors(), f"{operation}: {report.generate_report()}"
            assert set(answer) <= set(shape.members)
        seen.add(operation)
    assert len(seen) == 12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.describe_model(ModelName="x"), f'Could not find model "{PREFIX}model/x".'),
        (
            lambda c: c.describe_endpoint_config(EndpointConfigName="x"),
            f'Could not find endpoint configuration "{PREFIX}endpoint-config/x".',
        ),
        (lambda c: c.describe_endpoint(EndpointName="x"), f'Could not find endpoint "{PREFIX}endpoint/x".'),
        (lambda c: c.delete_endpoint(EndpointName="x"), f'Could not find endpoint "{PREFIX}endpoint/x".'),
        (
            lambda c: c.create_endpoint(EndpointName="endpoint-1", EndpointConfigName="config-1"),
            f'Cannot create already existing endpoint "{PREFIX}endpoint/endpoint-1".',
        ),
        (model, f'Cannot create already existing model "{PREFIX}model/model-1".'),
        (
            config,
            f'Cannot create already existing endpoint configuration "{PREFIX}endpoint-config/config-1".',
        ),
        (lambda c: config(c, "new", "gone"), f'Could not find model "{PREFIX}model/gone".'),
        (
            lambda c: c.delete_model(ModelName="model-1"),
            f'Cannot delete model "{PREFIX}model/model-1" while it is in use by endpoint '
            f'"{PREFIX}endpoint/endpoint-1".',
        ),
        (
            lambda c: c.describe_endpoint(EndpointName="under_score"),
            "1 validation error detected: Value 'under_score' at 'endpointName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        ),
    ],
)
def test_a_refusal_is_a_client_error_with_awss_code_and_text(
    client: Any, call: Callable[[Any], object], message: str
) -> None:
    in_service(client)
    assert refusal(lambda: call(client)) == ("ValidationException", message, 400)


def test_a_busy_endpoint_refuses_update_and_deletion(client: Any) -> None:
    in_service(client)
    names = {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"}
    client.update_endpoint(**names)
    busy = ("ValidationException", f'Cannot update in-progress endpoint "{PREFIX}endpoint/endpoint-1".', 400)
    assert refusal(lambda: client.delete_endpoint(EndpointName="endpoint-1")) == busy
    assert refusal(lambda: client.update_endpoint(**names)) == busy


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("Throttle", "ThrottlingException", 400),
        ("InternalFailure", "InternalFailure", 500),
        ("AccessDenied", "AccessDeniedException", 400),
        ("ResourceLimitExceeded", "ResourceLimitExceeded", 400),
        ("ResponseLost", "InternalFailure", 500),
    ],
)
def test_an_ordered_fault_is_a_client_error_of_its_code(
    client: Any, loopback: Loopback, kind: Any, code: str, status: int
) -> None:
    loopback.sagemaker.faults.order(Fault(kind))
    found = refusal(client.list_models)
    assert (found[0], found[2]) == (code, status)


def test_an_exceeded_limit_is_the_modelled_exception(client: Any, loopback: Loopback) -> None:
    loopback.sagemaker.faults.order(Fault("ResourceLimitExceeded", operation="CreateEndpoint"))
    model(client)
    config(client)
    with pytest.raises(client.exceptions.ResourceLimitExceeded, match="for endpoint usage"):
        endpoint(client)


@pytest.mark.parametrize("kind", ["Throttle", "InternalFailure"])
def test_boto3_retries_what_is_transient(loopback: Loopback, kind: Any) -> None:
    loopback.sagemaker.faults.order(Fault(kind, count=2))
    client = loopback.client(attempts=3)
    assert client.list_models()["ResponseMetadata"]["RetryAttempts"] == 2
    client.close()


@pytest.mark.parametrize("how", ["InternalFailure", "ConnectionDropped"])
def test_a_lost_response_makes_boto3_ask_again_and_meet_its_own_first_call(loopback: Loopback, how: Any) -> None:
    loopback.sagemaker.faults.order(Fault("ResponseLost", operation="CreateModel", how=how))
    client = loopback.client(attempts=2)
    found = refusal(lambda: model(client))
    assert found[1] == f'Cannot create already existing model "{PREFIX}model/model-1".'
    assert loopback.requests == ["SageMaker.CreateModel"] * 2
    client.close()


def test_a_dropped_connection_is_what_it_is_without_retries(client: Any, loopback: Loopback) -> None:
    loopback.sagemaker.faults.order(Fault("ResponseLost", how="ConnectionDropped"))
    with pytest.raises(ConnectionClosedError):
        model(client)
    assert client.describe_model(ModelName="model-1")["ModelName"] == "model-1"
