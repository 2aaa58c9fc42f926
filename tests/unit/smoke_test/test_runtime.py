"""What InvokeEndpoint answers, and what becomes of its errors."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from slipway.errors import (
    AccessDenied,
    ModelNotReady,
    NotVisibleYet,
    ServiceThrottled,
    ServiceUnavailable,
    SlipwayError,
)
from slipway.smoke_test.aws import SHOWN, invoke_endpoint
from slipway.smoke_test.errors import SmokeTestFailed

HEADERS = {"ContentType": "text/csv", "Accept": "application/json"}
SENT = {"EndpointName": "digits", "Body": b"0,5,13", **HEADERS}


class Clock:
    """Seconds that pass a quarter at a time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 0.25
        return self.seconds


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "sagemaker-runtime", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def response(body: bytes, **fields: Any) -> dict[str, Any]:
    stream = StreamingBody(io.BytesIO(body), len(body))
    return {"Body": stream, "ResponseMetadata": {"HTTPStatusCode": 200}, **fields}


def test_the_answer_has_its_status_its_type_and_how_long_it_took(client: Any, stub: Stubber) -> None:
    stub.add_response("invoke_endpoint", response(b'{"digit": 7}', ContentType="application/json"), SENT)

    answer = invoke_endpoint(client, "digits", HEADERS, b"0,5,13", Clock())

    assert answer == {
        "Status": 200,
        "LatencyMilliseconds": 250,
        "ContentType": "application/json",
        "Body": '{"digit": 7}',
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b"a" * (SHOWN + 1), "a" * SHOWN),
        (b"\x93NUMPY\x01", "\ufffdNUMPY\x01"),
        ("é".encode() * SHOWN, "é" * (SHOWN // 2)),
    ],
    ids=["nothing", "much", "binary", "letters"],
)
def test_the_beginning_of_the_answer_is_returned_as_text(client: Any, stub: Stubber, body: bytes, text: str) -> None:
    stub.add_response("invoke_endpoint", response(body), SENT)

    answer = invoke_endpoint(client, "digits", HEADERS, b"0,5,13")

    assert (answer["Body"], answer["ContentType"]) == (text, "")


@pytest.mark.parametrize(
    ("code", "status", "message", "error"),
    [
        ("ModelNotReadyException", 429, "Model is not ready.", ModelNotReady),
        ("ValidationError", 400, "Endpoint digits of account 111122223333 not found.", NotVisibleYet),
        ("ThrottlingException", 400, "Rate exceeded", ServiceThrottled),
        ("ServiceUnavailable", 503, "Try again.", ServiceUnavailable),
        ("InternalFailure", 500, "Oops.", ServiceUnavailable),
        ("InternalDependencyException", 530, "Oops.", ServiceUnavailable),
        ("AccessDeniedException", 403, "It is not authorized to perform: sagemaker:InvokeEndpoint", AccessDenied),
        ("ValidationError", 400, "Variant x not found for Request.", SmokeTestFailed),
        ("413", 413, "HTTP content length exceeded 6291456 bytes.", SmokeTestFailed),
    ],
)
def test_an_error_of_sagemaker_has_its_name(
    client: Any, stub: Stubber, code: str, status: int, message: str, error: type[SlipwayError]
) -> None:
    stub.add_client_error("invoke_endpoint", code, message, status, expected_params=SENT)

    with pytest.raises(SlipwayError) as caught:
        invoke_endpoint(client, "digits", HEADERS, b"0,5,13")

    assert type(caught.value) is error
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("status", "text", "sentence"),
    [
        (500, '{"error":\n "upside  down"}', 'answered the smoke test with 500: {"error": "upside down"}'),
        (415, "x" * 5000, "answered the smoke test with 415: " + "x" * SHOWN),
        (0, "Your invocation timed out.", "did not answer the smoke test: Your invocation timed out."),
    ],
    ids=["an error", "a long one", "no answer"],
)
def test_what_the_container_answered_is_quoted(
    client: Any, stub: Stubber, status: int, text: str, sentence: str
) -> None:
    about = {"OriginalStatusCode": status, "OriginalMessage": text}
    stub.add_client_error(
        "invoke_endpoint", "ModelError", "See the log.", 424, expected_params=SENT, modeled_fields=about
    )

    with pytest.raises(SmokeTestFailed) as caught:
        invoke_endpoint(client, "digits", HEADERS, b"0,5,13")

    assert str(caught.value) == f"The endpoint digits {sentence}"


class BrokenClient:
    """Loses the connection: before the answer, or within it."""

    def __init__(self, within: bool) -> None:
        self._within = within

    def invoke_endpoint(self, **_: object) -> dict[str, Any]:
        if not self._within:
            raise ReadTimeoutError(endpoint_url="https://runtime.sagemaker")
        return {"Body": StreamingBody(io.BytesIO(b"short"), 500), "ResponseMetadata": {"HTTPStatusCode": 200}}


@pytest.mark.parametrize("within", [False, True])
def test_a_lost_connection_is_no_failure_of_the_model(within: bool) -> None:
    with pytest.raises(ServiceUnavailable):
        invoke_endpoint(BrokenClient(within), "digits", HEADERS, b"")
