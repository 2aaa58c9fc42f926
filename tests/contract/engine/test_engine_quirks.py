"""What a patch of the engine changes, seen by a client: AWS's answer where MiniStack's is another."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.engine.laptop import Laptop, wait_until

WAIT = {
    "QueryLanguage": "JSONata",
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}},
}


def machine(laptop: Laptop, role: str, name: str) -> str:
    made = laptop.client("stepfunctions").create_state_machine(name=name, definition=json.dumps(WAIT), roleArn=role)
    return str(made["stateMachineArn"])


def test_an_object_encrypted_with_kms_needs_no_key_id(laptop: Laptop) -> None:
    s3 = laptop.client("s3")
    s3.create_bucket(Bucket="kms-bucket")

    s3.put_object(Bucket="kms-bucket", Key="a", Body=b"x", ServerSideEncryption="aws:kms")

    stored = s3.head_object(Bucket="kms-bucket", Key="a")
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert stored["SSEKMSKeyId"].endswith("alias/aws/s3")


def test_an_object_s_acl_is_ignored_when_a_bucket_is_created(laptop: Laptop) -> None:
    s3 = laptop.client("s3")

    s3.create_bucket(Bucket="acl-bucket", ACL="bucket-owner-full-control")

    assert s3.head_bucket(Bucket="acl-bucket")["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_start_with_the_same_name_and_input_is_the_same_execution(laptop: Laptop, role: str) -> None:
    stepfunctions, arn = laptop.client("stepfunctions"), machine(laptop, role, "idempotent")
    first = stepfunctions.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')

    again = stepfunctions.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')
    with pytest.raises(stepfunctions.exceptions.ExecutionAlreadyExists):
        stepfunctions.start_execution(stateMachineArn=arn, name="once", input='{"a": 2}')
    stepfunctions.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(stepfunctions.exceptions.ExecutionAlreadyExists):
        stepfunctions.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')

    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])


def test_a_name_of_an_execution_has_at_most_80_characters(laptop: Laptop, role: str) -> None:
    arn = machine(laptop, role, "names")

    with pytest.raises(ClientError, match="InvalidName"):
        laptop.client("stepfunctions").start_execution(stateMachineArn=arn, name="a" * 81)


def test_an_input_that_is_no_json_is_refused(laptop: Laptop, role: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html: InvalidExecutionInput
    stepfunctions, arn = laptop.client("stepfunctions"), machine(laptop, role, "inputs")

    with pytest.raises(stepfunctions.exceptions.InvalidExecutionInput):
        stepfunctions.start_execution(stateMachineArn=arn, input="{")


def test_text_outside_ascii_is_written_as_it_is(laptop: Laptop, role: str) -> None:
    value: dict[str, Any] = {"Type": "Pass", "Output": "{% $string({'a': '\u6f22\u00e9'}) %}", "End": True}

    done = laptop.run(role, "text", Show=value)

    assert json.loads(done["output"]) == '{"a":"\u6f22\u00e9"}'


def test_invocations_of_an_endpoint_with_data_capture_are_written(laptop: Laptop, role: str) -> None:
    laptop.client("s3").create_bucket(Bucket="captured")
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://captured/prefix",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
    }
    laptop.endpoint("capturing", role, DataCaptureConfig=capture)
    runtime, s3 = laptop.client("sagemaker-runtime"), laptop.client("s3")

    for number in range(3):
        runtime.invoke_endpoint(EndpointName="capturing", Body=f"[{number}]", ContentType="application/json")

    def captured() -> list[str]:
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket="captured").get("Contents", [])]
        assert all(key.startswith("prefix/capturing/AllTraffic/") for key in keys)
        lines = [s3.get_object(Bucket="captured", Key=key)["Body"].read().splitlines() for key in keys]
        return sorted(json.loads(line)["captureData"]["endpointInput"]["data"] for line in chain(*lines))

    wait_until(lambda: len(captured()) == 3)
    assert captured() == ["[0]", "[1]", "[2]"]


def test_a_container_that_prints_nothing_has_a_log_group(laptop: Laptop, echo: str) -> None:
    logs = laptop.client("logs")

    wait_until(lambda: logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{echo}")["events"])


def test_a_response_is_streamed_in_parts(laptop: Laptop, echo: str) -> None:
    body = b"0123456789" * 20_000

    answer = laptop.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
        EndpointName=echo, Body=body, ContentType="text/plain", Accept="text/plain"
    )

    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert answer["ContentType"].startswith("text/plain")
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert len(parts) > 1
    assert b"".join(parts) == body


def test_an_error_comes_in_place_of_a_stream(laptop: Laptop) -> None:
    with pytest.raises(ClientError, match="Endpoint nothing of account"):
        laptop.client("sagemaker-runtime").invoke_endpoint_with_response_stream(EndpointName="nothing", Body=b"x")
