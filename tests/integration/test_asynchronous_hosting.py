"""Asynchronous hosting under the stack's own role: answers and failures are written where it may write."""

from __future__ import annotations

import json

from tests.integration import archives
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
