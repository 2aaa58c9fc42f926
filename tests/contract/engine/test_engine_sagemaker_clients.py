"""SageMaker and its runtime on the engine's port, for unmodified clients."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.contract.engine.laptop import Laptop, wait_until


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/x-amz-json-1.1",
        "application/jsonlines",
        "application/xml",
        "text/xml",
        "text/csv",
        "application/x-npy",
        "image/jpeg",
    ],
)
def test_a_models_content_type_arrives_unchanged(laptop: Laptop, echo: str, content_type: str) -> None:
    answer = laptop.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=echo, ContentType=content_type, Body=b'{"a": 1}'
    )

    assert answer["ContentType"] == content_type, "check tools/slipway_local/engine/services.py"
    assert answer["Body"].read() == b'{"a": 1}'
    assert answer["InvokedProductionVariant"] == "AllTraffic"


def test_an_error_of_the_runtime_has_the_runtimes_content_type(laptop: Laptop) -> None:
    runtime = laptop.client("sagemaker-runtime")

    with pytest.raises(runtime.exceptions.ValidationError) as failed:
        runtime.invoke_endpoint(EndpointName="missing", Body=b"")

    assert failed.value.response["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert "Endpoint missing of account 000000000000 not found." in str(failed.value)


def test_the_control_plane_speaks_json_1_1(laptop: Laptop, echo: str) -> None:
    described = laptop.client("sagemaker").describe_endpoint(EndpointName=echo)

    assert described["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"
    assert described["EndpointStatus"] == "InService"


def test_errors_of_the_control_plane_have_awss_code_and_text(laptop: Laptop) -> None:
    with pytest.raises(ClientError, match='Could not find endpoint "arn:aws:sagemaker') as failed:
        laptop.client("sagemaker").describe_endpoint(EndpointName="missing")

    assert failed.value.response["Error"]["Code"] == "ValidationException"


def test_the_control_route_is_the_engines_own(laptop: Laptop) -> None:
    settings = httpx.get(f"{laptop.url}/_slipway/sagemaker/settings")
    unknown = httpx.get(f"{laptop.url}/_slipway/sagemaker/nothing")
    refused = httpx.post(f"{laptop.url}/_slipway/sagemaker/faults", content=b"not JSON")

    seconds = {"CreationSeconds": 1.0, "ChangeSeconds": 1.0, "ClockScale": 0.01, "ScheduleScale": 1.0}
    assert settings.json() == seconds | {"InstanceLimits": {}}
    assert unknown.status_code == 404
    assert (refused.status_code, refused.json()["__type"]) == (400, "InvalidOrder")


def test_its_events_reach_the_target_of_a_rule(laptop: Laptop, role: str, echo: str) -> None:
    sqs, events = laptop.client("sqs"), laptop.client("events")
    queue = sqs.create_queue(QueueName="endpoint-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Endpoint State Change"]}
    pattern["detail"] = {"EndpointName": ["announced"]}  # type: ignore[assignment]
    events.put_rule(Name="endpoint-events", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="endpoint-events", Targets=[{"Id": "queue", "Arn": arn}])

    laptop.client("sagemaker").create_endpoint(EndpointName="announced", EndpointConfigName=echo)

    received: list[dict[str, Any]] = []

    def all_there() -> bool:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            received.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(received) >= 2

    wait_until(all_there)
    assert [event["detail"]["EndpointStatus"] for event in received] == ["CREATING", "IN_SERVICE"]
    assert {event["source"] for event in received} == {"aws.sagemaker"}
    assert received[0]["resources"] == ["arn:aws:sagemaker:us-east-1:000000000000:endpoint/announced"]
