"""Requests of the SageMaker Runtime, parsed once from the wire.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html: a request waits for six
hours and is processed for fifteen minutes, unless it says otherwise.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from slipway_local.ports import AsyncHosting, Invocation
from slipway_local.runtime.errors import MAX_BODY, OversizeBodyError, validation_error, violates

NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
NAME_LENGTH = 63
HEADER_LENGTH = 1024
ASCII = r"\p{ASCII}*"
IDENTIFIER, IDENTIFIER_LENGTH = r"\A\S[\p{Print}]*\z", 64
INFERENCE_ID = ("inferenceId", "X-Amzn-SageMaker-Inference-Id")
# A hint for routing: with one container a variant there is nothing to choose.
PREFIX_AWARE_ID = ("prefixAwareId", "X-Amzn-SageMaker-Prefix-Aware-Id")
PRINTABLE = re.compile(r"[\x21-\x7e][\x20-\x7e]*")


class Headers:
    """The headers of a request, by their names in any case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in headers.items()}

    def get(self, name: str) -> str | None:
        """Return a header as it is, None where it is not there."""
        return self._given.get(name.lower())

    def text(self, member: str, header: str, most: int = HEADER_LENGTH) -> str | None:
        """Return a member of at most so many characters. Raises `FaultError`."""
        value = self.get(header)
        if value is not None and len(value) > most:
            raise violates(member, value, f"have length less than or equal to {most}")
        if value is not None and not value.isascii():
            raise violates(member, value, rf"satisfy regular expression pattern: {ASCII}")
        return value

    def identifier(self, member: str, header: str) -> str | None:
        """Return InferenceId or PrefixAwareId. Raises `FaultError`."""
        return self.printable(member, header, IDENTIFIER_LENGTH)

    def printable(self, member: str, header: str, most: int) -> str | None:
        """Return a member of at most so many printable characters. Raises `FaultError`."""
        value = self.get(header)
        if value is not None and not PRINTABLE.fullmatch(value):
            raise violates(member, value, f"satisfy regular expression pattern: {IDENTIFIER}")
        return self.text(member, header, most)

    def number(self, member: str, header: str, least: int, most: int, default: int) -> int:
        """Return a whole number between two others. Raises `FaultError`."""
        value = self.get(header)
        if value is None:
            return default
        if not value.isdecimal() or int(value) < least:
            raise violates(member, value, f"have value greater than or equal to {least}")
        if int(value) > most:
            raise violates(member, value, f"have value less than or equal to {most}")
        return int(value)


def name(member: str, value: str) -> str:
    """Return the name of an endpoint, a variant or the like. Raises `FaultError`."""
    if not re.fullmatch(NAME.removeprefix("^"), value):
        raise violates(member, value, f"satisfy regular expression pattern: {NAME}")
    if len(value) > NAME_LENGTH:
        raise violates(member, value, f"have length less than or equal to {NAME_LENGTH}")
    return value


# What only endpoints of a kind take that the local SageMaker does not host.
UNSUPPORTED = {
    "X-Amzn-SageMaker-Session-Id": ("SessionId", "a model with stateful sessions"),
    "X-Amzn-SageMaker-Enable-Explanations": ("EnableExplanations", "an endpoint with an ExplainerConfig"),
}


@dataclass(frozen=True)
class InvokeEndpoint:
    """The operation's input."""

    endpoint_name: str
    target_variant: str | None
    target_container: str | None
    target_model: str | None
    component: str | None
    invocation: Invocation


def parse(endpoint_name: str, headers: Mapping[str, str], body: bytes) -> InvokeEndpoint:
    """Read a request. Raises `FaultError` for what SageMaker Runtime would refuse before looking further."""
    if len(body) > MAX_BODY:
        raise OversizeBodyError
    given = Headers(headers)
    endpoint_name = name("endpointName", endpoint_name)
    for header, (member, kind) in UNSUPPORTED.items():
        if given.get(header) is not None:
            raise validation_error(f"{member} is for {kind}, which {endpoint_name} is not.")
    given.identifier(*PREFIX_AWARE_ID)
    target = given.get("X-Amzn-SageMaker-Target-Variant")
    container = given.get("X-Amzn-SageMaker-Target-Container-Hostname")
    model = given.printable("targetModel", "X-Amzn-SageMaker-Target-Model", HEADER_LENGTH)
    component = given.get("X-Amzn-SageMaker-Inference-Component")
    if component is not None:
        name("inferenceComponentName", component)
    if container is not None:
        name("targetContainerHostname", container)
    return InvokeEndpoint(
        endpoint_name=endpoint_name,
        target_variant=None if target is None else name("targetVariant", target),
        target_container=container,
        target_model=model,
        component=component,
        invocation=Invocation(
            body=body,
            content_type=given.text("contentType", "Content-Type"),
            accept=given.text("accept", "Accept"),
            custom_attributes=given.text("customAttributes", "X-Amzn-SageMaker-Custom-Attributes"),
            inference_id=given.identifier(*INFERENCE_ID),
            target_container=container,
            target_model=model,
            component=component,
        ),
    )


MAX_ASYNC_BODY = 128_000  # Body of the service model
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
        inference_id=given.identifier(*INFERENCE_ID) or own_id,
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
    if len(body) > MAX_ASYNC_BODY:
        raise validation_error(
            f"Body must be at most {MAX_ASYNC_BODY} bytes; put a larger one into S3, as InputLocation."
        )
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
