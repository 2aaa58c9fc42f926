"""Asking an endpoint: content types, limits, errors in words, and the boxes of object detection."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from slipway_cli.sdk.errors import notes_of
from slipway_cli.sdk.invoke import (
    MAX_BODY,
    Answer,
    Box,
    ContentTypeUnknown,
    InvocationFailed,
    PayloadTooLarge,
    boxes_in,
    content_type_of,
    invoke,
)
from slipway_cli.sdk.target import Target


class Runtime:
    """SageMaker's runtime, which keeps what it was asked."""

    def __init__(self, answer: bytes = b"{}", error: Exception | None = None) -> None:
        self._answer = answer
        self._error = error
        self.asked: dict[str, Any] = {}
        self.config: Any = None

    def client(self, service: str, **options: Any) -> Runtime:
        assert service == "sagemaker-runtime"
        self.config = options["config"]
        return self

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.asked = request
        if self._error:
            raise self._error
        body = io.BytesIO(self._answer)
        return {"Body": body, "ContentType": "application/json", "InvokedProductionVariant": "AllTraffic"}


def asked(runtime: Runtime, body: bytes = b"1", **options: Any) -> Answer:
    return invoke(Target(runtime, "eu-west-1"), "mine", body, "text/csv", **options)


def refusal(code: str, message: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, **more}, "InvokeEndpoint")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("a.csv", "text/csv"), ("a.JPG", "image/jpeg"), ("a.b.png", "image/png"), ("a.json", "application/json")],
)
def test_the_content_type_is_that_of_the_file_name_suffix(name: str, content_type: str) -> None:
    assert content_type_of(Path(name)) == content_type


@pytest.mark.parametrize("name", ["a", "a.xyz", "-", ".csv"])
def test_an_unknown_suffix_asks_for_the_flag(name: str) -> None:
    with pytest.raises(ContentTypeUnknown, match="add --content-type"):
        content_type_of(Path(name))


def test_the_answer_comes_with_its_type_and_variant() -> None:
    runtime = Runtime(b'{"sum": 6}')
    answer = asked(runtime, b"1,2,3", accept="application/json")

    assert runtime.asked == {
        "EndpointName": "mine",
        "Body": b"1,2,3",
        "ContentType": "text/csv",
        "Accept": "application/json",
    }
    assert (answer.document, answer.content_type, answer.variant) == ({"sum": 6}, "application/json", "AllTraffic")
    assert answer.milliseconds >= 0
    assert asked(Runtime(b"\xff\x00")).document is None


def test_a_prediction_is_asked_for_once_and_given_the_time_that_sagemaker_gives_it() -> None:
    runtime = Runtime()
    asked(runtime)

    assert runtime.config.retries == {"total_max_attempts": 1}
    assert runtime.config.read_timeout > 60


def test_a_body_that_no_endpoint_takes_is_not_sent() -> None:
    runtime = Runtime()
    with pytest.raises(PayloadTooLarge, match="6,291,457 bytes"):
        asked(runtime, b"0" * (MAX_BODY + 1))
    assert runtime.asked == {}


# What Flask answers with in the scikit-learn image, for a row with too few numbers.
FLASK_PAGE = (
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"
    "<p>The server encountered an internal error and was unable to complete your request.</p>"
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            refusal("ModelError", "Received server error", OriginalStatusCode=500, OriginalMessage="no\n such column"),
            r"The container of mine answered with 500: no such column \(`slipway logs mine`",
        ),
        (refusal("ModelError", "timed out", OriginalStatusCode=0), "answered with no answer: timed out"),
        (
            refusal("ModelError", "", OriginalStatusCode=500, OriginalMessage=FLASK_PAGE),
            r"answered with 500: 500 Internal Server Error \(`slipway logs mine`",
        ),
        (refusal("ValidationError", "Endpoint mine of account 1 not found."), "slipway wake mine"),
        (refusal("ModelNotReadyException", "Still loading"), r"could not be invoked \(ModelNotReadyException\)"),
        (
            refusal(
                "ValidationError",
                "Value 'my_line' at 'endpointName' failed to satisfy constraint: Member must satisfy regular "
                "expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*",
            ),
            "'endpointName' must be letters and digits, with hyphens only between them",
        ),
    ],
    ids=["the container's error", "no answer", "a page", "no endpoint", "anything else", "a name"],
)
def test_a_refusal_is_said_in_words(error: ClientError, said: str) -> None:
    with pytest.raises(InvocationFailed, match=said):
        asked(Runtime(error=error))


# What PyTorch's container answers with: the message, and the traceback, which its log does not have.
TRACEBACK = """no such feature
Traceback (most recent call last):
  File "/opt/conda/lib/python3.10/site-packages/sagemaker_inference/transformer.py", line 150, in transform
    result = self._run_handler_function(self._transform_fn, *(model, input_data, content_type, accept))
  File "/opt/ml/model/code/inference.py", line 12, in predict_fn
    raise ValueError("no such feature")
ValueError: no such feature
"""


def test_a_traceback_is_said_by_its_exception_and_is_a_note_with_its_lines() -> None:
    with pytest.raises(InvocationFailed) as failed:
        asked(Runtime(error=refusal("ModelError", "", OriginalStatusCode=500, OriginalMessage=TRACEBACK)))

    said = "The container of mine answered with 500: ValueError: no such feature (code/inference.py:12)"
    assert (str(failed.value), notes_of(failed.value)) == (said, TRACEBACK.strip())


def test_other_errors_are_passed_on() -> None:
    with pytest.raises(ReadTimeoutError):
        asked(Runtime(error=ReadTimeoutError(endpoint_url="https://x")))


def test_object_detections_rows_are_boxes_best_first() -> None:
    rows = [[1.0, 0.2, 0.1, 0.2, 0.3, 0.4], [0, 0.9, 0, 0, 1, 1]]

    assert boxes_in({"prediction": rows}) == [Box(0, 0.9, 0, 0, 1, 1), Box(1, 0.2, 0.1, 0.2, 0.3, 0.4)]
    assert boxes_in({"prediction": []}) == []


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"predictions": []},
        {"prediction": [[1, 2]]},
        {"prediction": ["123456"]},
        {"prediction": [[0] * 5 + ["x"]]},
    ],
)
def test_an_answer_of_another_kind_has_no_boxes(document: object) -> None:
    assert boxes_in(document) is None
