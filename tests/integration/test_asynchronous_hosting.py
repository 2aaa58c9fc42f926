"""Asynchronous hosting under the stack's own role: answers and failures are written where it may write."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration import archives
from tests.integration.command_line import Slipway
from tests.integration.control import run_schedules
from tests.integration.deployments import Account, endpoint_name, wait_for


def content(account: Account, location: str) -> bytes | None:
    """Return an object once it is there."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    try:
        found: bytes = account.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except account.s3.exceptions.NoSuchKey:
        return None
    return found


def test_answers_and_failures_come_into_the_model_bucket(account: Account) -> None:
    # Given an asynchronous endpoint that writes below inference/
    name = endpoint_name("asynchronous")
    answers = f"s3://{account.description.model_bucket}/inference/{name}"
    output = {"S3OutputPath": f"{answers}/out", "S3FailurePath": f"{answers}/failed"}
    uri = account.upload(f"mine/{name}.tar.gz", archives.answering(4))
    request = {"EndpointName": name, "ModelDataUrl": uri, "Framework": "mxnet", "InstanceType": "ml.m5.large"}
    assert account.deploy(request | {"AsyncInferenceConfig": {"OutputConfig": output}})["Outcome"] == "Created"

    # When it is asked for what it can answer, and for what it cannot
    good, bad = (
        account.runtime.invoke_endpoint_async(
            EndpointName=name,
            InputLocation=account.upload(f"payloads/{name}.{number}.json", body),
            ContentType="application/json",
        )
        for number, body in enumerate((b"[1, 2, 3]", b"no JSON"))
    )

    # Then both come where the configuration says
    assert json.loads(wait_for(lambda: content(account, good["OutputLocation"])))["sum"] == 24
    assert b"Expecting value" in wait_for(lambda: content(account, bad["FailureLocation"]))


def instances(account: Account, name: str) -> int | None:
    """Return the instances of an endpoint that is InService."""
    found = account.sagemaker.describe_endpoint(EndpointName=name)
    return found["ProductionVariants"][0]["CurrentInstanceCount"] if found["EndpointStatus"] == "InService" else None


# It waits for the cool-down; test_scaling.py has the representative.
@pytest.mark.full
def test_an_endpoint_is_scaled_to_zero_woken_by_a_request_and_scaled_by_a_schedule(
    account: Account, slipway: Slipway
) -> None:
    # Given an asynchronous endpoint that may have no instances
    name = endpoint_name("to-zero")
    about = account.description
    request = {
        "EndpointName": name,
        "ModelDataUrl": account.upload(f"mine/{name}.tar.gz", archives.answering(4)),
        "ImageUri": f"{about.account_id}.dkr.ecr.{about.region}.amazonaws.com/numbers:1.0",
        "InstanceType": "ml.m5.large",
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": f"s3://{about.model_bucket}/inference/{name}/"}},
        "AutoScaling": {"MinCapacity": 0, "MaxCapacity": 4, "TargetBacklogPerInstance": 5},
    }
    assert account.deploy(request)["Outcome"] == "Created"
    assert instances(account, name) == 1

    # Then it has none when nothing waits, and one request, below the target, starts the first
    wait_for(lambda: instances(account, name) == 0 or None)
    location = account.upload(f"payloads/{name}.json", b"[1, 2, 3]")
    asked = account.runtime.invoke_endpoint_async(
        EndpointName=name, InputLocation=location, ContentType="application/json"
    )
    assert json.loads(wait_for(lambda: content(account, asked["OutputLocation"])))["sum"] == 24

    # When office hours begin, their bounds hold
    hours = ["--schedule", "cron(0 8 ? * * *)|UTC|3|4"]
    scaled = slipway("scale", name, *hours, "--wait")
    assert scaled.exit_code == 0, scaled.output
    run_schedules(account, datetime.now(UTC) + timedelta(days=1))
    wait_for(lambda: instances(account, name) == 3 or None)
    account.delete(name)
