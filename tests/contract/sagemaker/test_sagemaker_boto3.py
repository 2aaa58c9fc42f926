"""The local SageMaker as a plain boto3 client sees it, over HTTP: what only the wire and botocore can break."""

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
NO_PAUSE = {"Delay": 0, "MaxAttempts": 2}
TAGS = [{"Key": "team", "Value": "red"}]
ARTIFACT = "s3://models/job/output/model.tar.gz"
JOB = {
    "ModelArtifacts": {"S3ModelArtifacts": ARTIFACT},
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
}


def model(client: Any, name: str = "model-1") -> str:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://models/{name}.tar.gz"}
    answer = client.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE, Tags=TAGS)
    return str(answer["ModelArn"])


def config(client: Any, name: str = "config-1", model_name: str = "model-1") -> None:
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant(model=model_name)], Tags=TAGS)


def endpoint(client: Any) -> Any:
    return client.create_endpoint(EndpointName="endpoint-1", EndpointConfigName="config-1", Tags=TAGS)


def wait(client: Any, loopback: Loopback, waiter: str) -> None:
    """Wait as boto3 does; the change ends after its first poll."""
    client.meta.events.register("after-call.sagemaker.DescribeEndpoint", lambda **_: loopback.finish(), "finish")
    client.get_waiter(waiter).wait(EndpointName="endpoint-1", WaiterConfig=NO_PAUSE)
    client.meta.events.unregister("after-call.sagemaker.DescribeEndpoint", unique_id="finish")


def refusal(call: Callable[[], object]) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_boto3_waiters_follow_an_endpoint_from_creation_to_deletion(client: Any, loopback: Loopback) -> None:
    model(client)
    config(client)
    endpoint(client)
    wait(client, loopback, "endpoint_in_service")
    model(client, "model-2")
    config(client, "config-2", "model-2")
    client.update_endpoint(EndpointName="endpoint-1", EndpointConfigName="config-2")
    wait(client, loopback, "endpoint_in_service")
    assert client.describe_endpoint(EndpointName="endpoint-1")["EndpointConfigName"] == "config-2"
    client.delete_endpoint(EndpointName="endpoint-1")
    wait(client, loopback, "endpoint_deleted")
    for name in ("1", "2"):
        client.delete_endpoint_config(EndpointConfigName=f"config-{name}")
        client.delete_model(ModelName=f"model-{name}")
    assert loopback.hosting.running == []
    assert client.list_endpoints()["Endpoints"] == []


def test_the_boto3_waiter_fails_on_a_failed_endpoint(client: Any, loopback: Loopback) -> None:
    loopback.hosting.failures.append(HostingFailed("no ping"))
    model(client)
    config(client)
    endpoint(client)
    with pytest.raises(botocore.exceptions.WaiterError, match="Failed"):
        wait(client, loopback, "endpoint_in_service")


@pytest.mark.parametrize(
    ("operation", "key"),
    [("list_models", "Models"), ("list_endpoint_configs", "EndpointConfigs"), ("list_endpoints", "Endpoints")],
)
def test_boto3_paginators_list_every_resource_once(client: Any, operation: str, key: str) -> None:
    names = [f"n{number}" for number in range(7)]
    for name in names:
        model(client, name)
        config(client, name, name)
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    pages = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 3})
    assert sorted(item[key[:-1] + "Name"] for page in pages for item in page[key]) == names


def test_times_are_read_and_written_as_boto3_does(client: Any) -> None:
    model(client)
    now = datetime.now(UTC)
    assert client.list_models(CreationTimeAfter=now + timedelta(hours=1))["Models"] == []
    (shown,) = client.list_models(CreationTimeAfter=now - timedelta(hours=1))["Models"]
    assert abs(shown["CreationTime"] - now) < timedelta(minutes=1)


def answers(client: Any, loopback: Loopback) -> Iterator[tuple[str, dict[str, Any]]]:
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
    yield "CreateEndpoint", endpoint(client)
    yield "DescribeEndpoint", client.describe_endpoint(EndpointName="endpoint-1")
    wait(client, loopback, "endpoint_in_service")
    yield "DescribeEndpoint", client.describe_endpoint(EndpointName="endpoint-1")
    yield "ListEndpoints", client.list_endpoints()
    names = {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"}
    yield "UpdateEndpoint", client.update_endpoint(**names)
    yield "DescribeEndpoint", client.describe_endpoint(EndpointName="endpoint-1")
    wait(client, loopback, "endpoint_in_service")
    change = [{"VariantName": "AllTraffic", "DesiredWeight": 2.0}]
    yield (
        "UpdateEndpointWeightsAndCapacities",
        client.update_endpoint_weights_and_capacities(EndpointName="endpoint-1", DesiredWeightsAndCapacities=change),
    )
    loopback.sagemaker.register_training_job("my-job", JOB)
    yield "DescribeTrainingJob", client.describe_training_job(TrainingJobName="my-job")
    yield "ListTrainingJobs", client.list_training_jobs()
    specification = {"Containers": [{"Image": IMAGE, "ModelDataUrl": ARTIFACT}]}
    yield "CreateModelPackageGroup", client.create_model_package_group(ModelPackageGroupName="digits")
    created = client.create_model_package(ModelPackageGroupName="digits", InferenceSpecification=specification)
    yield "CreateModelPackage", created
    package = created["ModelPackageArn"]
    approve = {"ModelPackageArn": package, "ModelApprovalStatus": "Approved"}
    yield "UpdateModelPackage", client.update_model_package(**approve)
    yield "DescribeModelPackage", client.describe_model_package(ModelPackageName=package)
    yield "ListModelPackages", client.list_model_packages(ModelPackageGroupName="digits")
    yield "ListModelPackageGroups", client.list_model_package_groups()
    yield "DescribeModelPackageGroup", client.describe_model_package_group(ModelPackageGroupName="digits")
    for kind in ("ModelPackage", "ModelPackageGroup", "TrainingJob"):
        yield "Search", client.search(Resource=kind)
    client.delete_model_package(ModelPackageName=package)
    client.delete_model_package_group(ModelPackageGroupName="digits")


def test_every_answer_is_valid_by_awss_own_model_of_it(client: Any, loopback: Loopback) -> None:
    seen = set()
    for operation, answer in answers(client, loopback):
        answer.pop("ResponseMetadata")
        shape = MODEL.operation_model(operation).output_shape
        if shape is not None:
            report = ParamValidator().validate(answer, shape)
            assert not report.has_errors(), f"{operation}: {report.generate_report()}"
            assert set(answer) <= set(shape.members)
        seen.add(operation)
    assert len(seen) == 22


def test_a_refusal_is_a_client_error_with_awss_code_and_text(client: Any) -> None:
    message = f'Could not find endpoint "{PREFIX}endpoint/x".'
    assert refusal(lambda: client.describe_endpoint(EndpointName="x")) == ("ValidationException", message, 400)


def test_a_missing_training_job_is_no_modelled_exception(client: Any) -> None:
    with pytest.raises(ClientError) as caught:
        client.describe_training_job(TrainingJobName="missing")
    assert not isinstance(caught.value, client.exceptions.ResourceNotFound)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_group_with_versions_is_the_modelled_conflict(client: Any) -> None:
    client.create_model_package_group(ModelPackageGroupName="digits")
    specification = {"Containers": [{"Image": IMAGE, "ModelDataUrl": ARTIFACT}]}
    client.create_model_package(ModelPackageGroupName="digits", InferenceSpecification=specification)
    with pytest.raises(client.exceptions.ConflictException):
        client.delete_model_package_group(ModelPackageGroupName="digits")


def test_an_exceeded_limit_is_the_modelled_exception(client: Any, loopback: Loopback) -> None:
    loopback.sagemaker.faults.order(Fault("ResourceLimitExceeded", operation="CreateModel"))
    with pytest.raises(client.exceptions.ResourceLimitExceeded):
        model(client)


@pytest.mark.parametrize("kind", ["Throttle", "InternalFailure"])
def test_boto3_retries_what_is_transient(loopback: Loopback, kind: Any) -> None:
    loopback.sagemaker.faults.order(Fault(kind, count=2))
    client = loopback.client(attempts=3)
    assert client.list_models()["ResponseMetadata"]["RetryAttempts"] == 2
    client.close()


@pytest.mark.parametrize("how", ["InternalFailure", "ConnectionDropped"])
def test_boto3_repeats_a_call_whose_response_was_lost_and_finds_its_own_resource(loopback: Loopback, how: Any) -> None:
    loopback.sagemaker.faults.order(Fault("ResponseLost", operation="CreateModel", how=how))
    client = loopback.client(attempts=2)
    found = refusal(lambda: model(client))
    assert found[1] == f'Cannot create already existing model "{PREFIX}model/model-1".'
    assert loopback.requests == ["SageMaker.CreateModel"] * 2
    client.close()


def test_without_retries_a_lost_response_is_a_closed_connection(client: Any, loopback: Loopback) -> None:
    loopback.sagemaker.faults.order(Fault("ResponseLost", how="ConnectionDropped"))
    with pytest.raises(ConnectionClosedError):
        model(client)
    assert client.describe_model(ModelName="model-1")["ModelName"] == "model-1"
