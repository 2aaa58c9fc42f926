"""Invoke an endpoint, and read the response of object detection."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from slipway.deployment.patterns import in_words
from slipway.failure.find_cause import traceback_headline
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target

# By suffix, as SageMaker's own containers name them ("Common data formats for inference" of the developer guide).
CONTENT_TYPES = {
    ".csv": "text/csv",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".libsvm": "text/libsvm",
    ".npy": "application/x-npy",
    ".npz": "application/x-npz",
    ".parquet": "application/x-parquet",
    ".png": "image/png",
    ".recordio": "application/x-recordio-protobuf",
    ".txt": "text/plain",
}
MAX_BODY = 6 * 1024**2  # bytes that InvokeEndpoint takes
READ_TIMEOUT = 65  # seconds; SageMaker itself gives a container 60
ROW = 6  # class, score, xmin, ymin, xmax, ymax

HTML_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)


class ContentTypeUnknown(ClientError):
    """The media type of a file is unknown from its name."""


class PayloadTooLarge(ClientError):
    """The body is more than InvokeEndpoint takes."""


class InvocationFailed(ClientError):
    """The endpoint does not exist, cannot be invoked, or its container answered with an error.

    A traceback that the container answered with is a note of the exception.
    """


@dataclass(frozen=True)
class Answer:
    """What an endpoint answered, and how long that took here, network included."""

    body: bytes
    content_type: str
    variant: str
    milliseconds: float

    @property
    def document(self) -> Any:
        """Return the body as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Box:
    """One detected object: corners relative to the picture, from 0 to 1."""

    kind: int
    score: float
    left: float
    top: float
    right: float
    bottom: float


def content_type_of(file: Path) -> str:
    """Return the media type that a file's suffix stands for. Raises `ContentTypeUnknown`."""
    if file.suffix.lower() not in CONTENT_TYPES:
        raise ContentTypeUnknown(
            f"The content type of {file.name} is unknown: add --content-type, for example "
            "--content-type application/json."
        )
    return CONTENT_TYPES[file.suffix.lower()]


def invoke(
    target: Target,
    endpoint_name: str,
    body: bytes,
    content_type: str,
    accept: str | None = None,
    component: str | None = None,
) -> Answer:
    """Return the answer of an endpoint, or of one of its inference components.

    Raises `PayloadTooLarge` or `InvocationFailed`.
    """
    from botocore.config import Config  # noqa: PLC0415 - the SDK is imported when AWS is asked
    from botocore.exceptions import ClientError as Refusal  # noqa: PLC0415

    if len(body) > MAX_BODY:
        raise PayloadTooLarge(f"The body has {len(body):,} bytes, but InvokeEndpoint accepts at most {MAX_BODY:,}.")
    # One attempt: a slow prediction is as slow the second time.
    config = Config(retries={"total_max_attempts": 1}, read_timeout=READ_TIMEOUT)
    runtime = target.session.client(
        "sagemaker-runtime", endpoint_url=target.endpoint_url, region_name=target.region, config=config
    )
    given = {"ContentType": content_type, "Accept": accept, "InferenceComponentName": component}
    headers = {name: value for name, value in given.items() if value}
    started = perf_counter()
    try:
        answer = runtime.invoke_endpoint(EndpointName=endpoint_name, Body=body, **headers)
        content = answer["Body"].read()
    except Refusal as refusal:
        raise _failed(endpoint_name, refusal) from refusal
    milliseconds = (perf_counter() - started) * 1000
    return Answer(content, answer.get("ContentType", ""), answer.get("InvokedProductionVariant", ""), milliseconds)


def boxes_in(document: object) -> list[Box] | None:
    """Return the boxes of object detection's answer, best first; None for an answer of another kind.

    The built-in algorithm answers `{"prediction": [[class, score, xmin, ymin, xmax, ymax], ...]}`.
    """
    rows = document.get("prediction") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        return None
    boxes = [Box(int(row[0]), *map(float, row[1:])) for row in rows]
    return sorted(boxes, key=lambda box: -box.score)


def _is_row(row: object) -> bool:
    return isinstance(row, list) and len(row) == ROW and all(isinstance(value, int | float) for value in row)


def _failed(endpoint_name: str, refusal: Any) -> InvocationFailed:
    error, response = refusal.response["Error"], refusal.response
    if error.get("Code") == "ModelError":
        status = response.get("OriginalStatusCode") or "no answer"
        text = str(response.get("OriginalMessage") or error.get("Message", ""))
        said = f"The container of {endpoint_name} answered with {status}"
        if headline := traceback_headline(text):
            # The containers that answer with a traceback do not log it.
            failed = InvocationFailed(f"{said}: {headline}")
            failed.add_note(text.strip())
            return failed
        page = HTML_TITLE.search(text)  # Flask and nginx answer with a page
        text = " ".join((page[1] if page else text).split())
        return InvocationFailed(f"{said}: {text} (`slipway logs {endpoint_name}` shows its log)")
    if "not found" in error.get("Message", ""):
        return InvocationFailed(
            f"There is no endpoint {endpoint_name} to invoke: `slipway endpoints` lists the endpoints, and "
            f"`slipway wake {endpoint_name}` restores a deleted one."
        )
    message = in_words(str(error.get("Message")))
    return InvocationFailed(f"{endpoint_name} could not be invoked ({error.get('Code')}): {message}")
