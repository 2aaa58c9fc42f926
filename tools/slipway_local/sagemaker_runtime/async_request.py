"""InvokeEndpointAsync's request, parsed once from the wire.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html: a request waits for six
hours and is processed for fifteen minutes, unless it says otherwise.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from slipway_local.ports import Invocation
from slipway_local.runtime_ports import AsyncHosting
from slipway_local.sagemaker_runtime.faults import validation_error, violates
from slipway_local.sagemaker_runtime.members import Headers

MAX_BODY = 128_000  # Body of the service model
LOCATION = "^(https|s3)://([^/]+)/?(.*)$"
EXTENSION = r"^(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+$"
FILE_NAME = r"^(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9-_\.]*$"


@dataclass(frozen=True)
class InvokeEndpointAsync:
    """The operation's input; `invocation` still lacks the body of one whose payload is in S3.

    `time_to_live` is the seconds that it may wait. Locations are S3 URIs, `failure_location` None where failures are
    kept nowhere.
    """

    endpoint_name: str
    inference_id: str
    input_location: str | None
    output_location: str | None
    failure_location: str | None
    time_to_live: float
    invocation: Invocation


def parse_async(
    endpoint_name: str, headers: Mapping[str, str], body: bytes, hosting: AsyncHosting
) -> InvokeEndpointAsync:
    """Return the request to an endpoint that is hosted so. Raises `FaultError`."""
    given, own_id = Headers(headers), str(uuid.uuid4())
    location = _location(given, body)
    timeout = given.number("invocationTimeoutSeconds", "X-Amzn-SageMaker-InvocationTimeoutSeconds", 1, 3600, 900)
    return InvokeEndpointAsync(
        endpoint_name=endpoint_name,
        inference_id=given.inference_id() or own_id,
        input_location=location,
        output_location=_output(hosting.output_path, given, own_id),
        failure_location=_joined(hosting.failure_path, f"{own_id}-error.out"),
        time_to_live=given.number("requestTTLSeconds", "X-Amzn-SageMaker-RequestTTLSeconds", 60, 21_600, 21_600),
        invocation=Invocation(
            body=body,
            content_type=given.text("contentType", "X-Amzn-SageMaker-Content-Type"),
            accept=given.text("accept", "X-Amzn-SageMaker-Accept"),
            custom_attributes=given.text("customAttributes", "X-Amzn-SageMaker-Custom-Attributes"),
            timeout=float(timeout),
        ),
    )


def _location(given: Headers, body: bytes) -> str | None:
    location = given.text("inputLocation", "X-Amzn-SageMaker-InputLocation")
    if location is not None and not re.fullmatch(LOCATION, location):
        raise violates("inputLocation", location, f"satisfy regular expression pattern: {LOCATION}")
    if (location is None) == (not body):
        raise validation_error("Exactly one of InputLocation and Body must be given.")
    if len(body) > MAX_BODY:
        raise validation_error(f"Body must be at most {MAX_BODY} bytes; put a larger one into S3, as InputLocation.")
    return location


def _output(path: str | None, given: Headers, own_id: str) -> str | None:
    extension = _matching(given, "s3OutputPathExtension", "X-Amzn-SageMaker-S3OutputPathExtension", EXTENSION, 512)
    file_name = _matching(given, "filename", "X-Amzn-SageMaker-Filename", FILE_NAME, 32)
    return _joined(path, *filter(None, [extension]), file_name or f"{own_id}.out")


def _matching(given: Headers, member: str, header: str, pattern: str, most: int) -> str | None:
    value = given.text(member, header, most)
    if value is not None and not re.fullmatch(pattern, value):
        raise violates(member, value, f"satisfy regular expression pattern: {pattern}")
    return value


def _joined(path: str | None, *parts: str) -> str | None:
    return None if path is None else "/".join([path.rstrip("/"), *(part.strip("/") for part in parts)])
