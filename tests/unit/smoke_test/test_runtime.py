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
from slipway.smoke_test.smoke_test import MIB, Answer

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

    assert answer == Answer(200, 250.0, "application/json", b'{"digit": 7}')


@pytest.mark.parametrize("body", [b"", b"\x93NUMPY\x01", b"a" * (2 * MIB + 1)], ids=["nothing", "binary", "much"])
def test_the_answer_is_read_to_its_end(client: Any, stub: Stubber, body: bytes) -> None:
    stub.add_response("invoke_endpoint", response(body), SENT)

    answer = invoke_endpoint(client, "digits", HEADERS, b"0,5,13")

    assert (answer.body, answer.content_type) == (body, "")


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
    ("code", "status", "message"),
    [
        ("ValidationError", 400, "Variant x not found for Request."),
        ("413", 413, "HTTP content length exceeded 6291456 bytes."),
    ],
)
def test_what_sagemaker_refuses_for_good_is_the_samples_trouble(
    client: Any, stub: Stubber, code: str, status: int, message: str
) -> None:
    stub.add_client_error("invoke_endpoint", code, message, status, expected_params=SENT)

    answer = invoke_endpoint(client, "digits", HEADERS, b"0,5,13")

    assert (answer.status, answer.trouble) == (status, f"refused by SageMaker ({code}): {message}")


@pytest.mark.parametrize(
    ("status", "text", "trouble"),
    [
        (500, '{"error":\n "upside  down"}', 'answered with 500: {"error": "upside down"}'),
        (415, "x" * 5000, "answered with 415: " + "x" * SHOWN),
        (0, "Your invocation timed out.", "not answered: Your invocation timed out."),
    ],
    ids=["an error", "a long one", "no answer"],
)
def test_what_the_container_answered_is_quoted(
    client: Any, stub: Stubber, status: int, text: str, trouble: str
) -> None:
    about = {"OriginalStatusCode": status, "OriginalMessage": text}
    stub.add_client_error(
        "invoke_endpoint", "ModelError", "See the log.", 424, expected_params=SENT, modeled_fields=about
    )

    answer = invoke_endpoint(client, "digits", HEADERS, b"0,5,13")

    assert (answer.status, answer.trouble) == (status, trouble)


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
