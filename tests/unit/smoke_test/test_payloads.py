"""Payloads of smoke tests, as S3 gives them or does not."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from slipway.errors import AwsRefused, ServiceThrottled, SlipwayError
from slipway.smoke_test.aws import open_payload
from slipway.smoke_test.errors import PayloadAccessDenied, PayloadNotFound

WHERE = {"Bucket": "samples", "Key": "digit.csv"}


@pytest.fixture
def client() -> Any:
    return boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_a_payload_comes_with_its_size(client: Any, stub: Stubber) -> None:
    body = StreamingBody(io.BytesIO(b"0,5,13"), 6)
    stub.add_response("get_object", {"Body": body, "ContentLength": 6}, WHERE)

    payload = open_payload(client, "samples", "digit.csv")

    assert (payload.size, payload.body.read(100), payload.body.read(100)) == (6, b"0,5,13", b"")


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("NoSuchKey", 404, PayloadNotFound),
        ("NoSuchBucket", 404, PayloadNotFound),
        ("AccessDenied", 403, PayloadAccessDenied),
        ("SlowDown", 503, ServiceThrottled),
        ("InvalidObjectState", 403, AwsRefused),
    ],
)
def test_a_payload_that_cannot_be_read_has_a_name(
    client: Any, stub: Stubber, code: str, status: int, error: type[SlipwayError]
) -> None:
    stub.add_client_error("get_object", code, "No.", status, expected_params=WHERE)

    with pytest.raises(SlipwayError) as caught:
        open_payload(client, "samples", "digit.csv")

    assert type(caught.value) is error
    assert issubclass(error, PayloadNotFound | PayloadAccessDenied) == ("s3://samples/digit.csv" in str(caught.value))
