"""InvokeEndpointAsync by boto3: payload and result in S3, messages through SNS, metrics in CloudWatch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contract.engine.laptop import Laptop, wait_until
from tests.contract.engine.test_engine_metrics import total

# Fails on a body that is no JSON.
SCRIPT = """
import json
def model_fn(model_dir): ...
def transform_fn(model, body, content_type, accept): return json.dumps(sum(json.loads(body))), "application/json"
"""
BUCKET = "async-payloads"


@pytest.fixture(scope="session")
def queue(laptop: Laptop, role: str) -> str:
    """The queue that the endpoint's topic ends in; the endpoint itself is InService."""
    topic = laptop.client("sns").create_topic(Name="async")["TopicArn"]
    queue = laptop.client("sqs").create_queue(QueueName="async")["QueueUrl"]
    attributes = laptop.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**sns, "Resource": attributes["QueueArn"]}]}
    laptop.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    laptop.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
    laptop.client("s3").create_bucket(Bucket=BUCKET)
    output = {
        "S3OutputPath": f"s3://{BUCKET}/out",
        "S3FailurePath": f"s3://{BUCKET}/failed",
        "NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic},
    }
    config = {"OutputConfig": output, "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 2}}
    laptop.endpoint("async", role, SCRIPT, AsyncInferenceConfig=config)
    return str(queue)


@pytest.fixture
def invoked(laptop: Laptop, queue: str, request: pytest.FixtureRequest) -> tuple[dict[str, Any], Any]:
    """What InvokeEndpointAsync answered for a payload, and the message that came of it."""
    key = "in/payload"
    laptop.client("s3").put_object(Bucket=BUCKET, Key=key, Body=request.param)
    answer = laptop.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName="async", InputLocation=f"s3://{BUCKET}/{key}", ContentType="application/json"
    )
    received: list[Any] = []

    def receive() -> bool:
        received.extend(laptop.client("sqs").receive_message(QueueUrl=queue).get("Messages", []))
        return bool(received)

    wait_until(receive)
    laptop.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])
    return answer, json.loads(json.loads(received[0]["Body"])["Message"])


def content(laptop: Laptop, location: str) -> bytes:
    found: bytes = (
        laptop.client("s3").get_object(Bucket=BUCKET, Key=location.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
    )
    return found


@pytest.mark.parametrize("invoked", [b"[1, 2, 3]"], indirect=True)
def test_the_result_is_in_s3_and_success_is_published(laptop: Laptop, invoked: tuple[dict[str, Any], Any]) -> None:
    answer, message = invoked

    assert content(laptop, answer["OutputLocation"]) == b"6"
    assert message["invocationStatus"] == "Completed"
    assert message["inferenceId"] == answer["InferenceId"]
    assert message["responseParameters"]["outputLocation"] == answer["OutputLocation"]


@pytest.mark.parametrize("invoked", [b"no JSON"], indirect=True)
def test_a_failure_is_in_s3_too_and_published(laptop: Laptop, invoked: tuple[dict[str, Any], Any]) -> None:
    answer, message = invoked

    assert b"Expecting value" in content(laptop, answer["FailureLocation"])
    assert message["invocationStatus"] == "Failed"
    assert "Received server error (500) from model." in message["failureReason"]


@pytest.mark.parametrize("invoked", [b"[1]"], indirect=True)
def test_the_metrics_are_those_of_an_asynchronous_endpoint(laptop: Laptop, invoked: object) -> None:
    by_variant = {"EndpointName": "async", "VariantName": "AllTraffic"}

    wait_until(lambda: total(laptop, "AWS/SageMaker", "InvocationsProcesssed", **by_variant))
    wait_until(lambda: total(laptop, "AWS/SageMaker", "ApproximateBacklogSize", EndpointName="async") is not None)

    assert total(laptop, "AWS/SageMaker", "TimeInBacklog", **by_variant) is not None
    assert total(laptop, "AWS/SageMaker", "Invocations", **by_variant) is None


def test_it_is_not_invoked_at_once(laptop: Laptop, queue: str) -> None:
    runtime = laptop.client("sagemaker-runtime")

    with pytest.raises(runtime.exceptions.ValidationError, match="use InvokeEndpointAsync"):
        runtime.invoke_endpoint(EndpointName="async", Body=b"[1]")
