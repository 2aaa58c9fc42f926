"""InvokeEndpoint's request, parsed once from the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from slipway_local.ports import Invocation
from slipway_local.sagemaker_runtime.faults import MAX_BODY, FaultError, OversizeBodyError, violates

PATH = re.compile(r"/endpoints/([^/]*)/invocations")
NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
NAME_LENGTH = 63
ATTRIBUTES_LENGTH = 1024


@dataclass(frozen=True)
class InvokeEndpoint:
    """The operation's input."""

    endpoint_name: str
    target_variant: str | None
    invocation: Invocation


def parse(method: str, path: str, headers: Mapping[str, str], body: bytes) -> InvokeEndpoint:
    """Read a request. Raises `FaultError` for what SageMaker Runtime would refuse before looking further."""
    match = PATH.fullmatch(path)
    if method != "POST" or match is None:
        raise FaultError(
            404,
            "UnknownOperationException",
            f"The local SageMaker Runtime serves InvokeEndpoint only, not {method} {path}",
        )
    if len(body) > MAX_BODY:
        raise OversizeBodyError
    given = {name.lower(): value for name, value in headers.items()}
    return InvokeEndpoint(
        endpoint_name=_name("endpointName", unquote(match[1])),
        target_variant=_target_variant(given),
        invocation=Invocation(
            body=body,
            content_type=given.get("content-type"),
            accept=given.get("accept"),
            custom_attributes=_attributes(given),
        ),
    )


def _target_variant(given: Mapping[str, str]) -> str | None:
    name = given.get("x-amzn-sagemaker-target-variant")
    return None if name is None else _name("targetVariant", name)


def _name(member: str, value: str) -> str:
    if not re.fullmatch(NAME.removeprefix("^"), value):
        raise violates(member, value, f"satisfy regular expression pattern: {NAME}")
    if len(value) > NAME_LENGTH:
        raise violates(member, value, f"have length less than or equal to {NAME_LENGTH}")
    return value


def _attributes(given: Mapping[str, str]) -> str | None:
    value = given.get("x-amzn-sagemaker-custom-attributes")
    if value is not None and len(value) > ATTRIBUTES_LENGTH:
        raise violates("customAttributes", value, f"have length less than or equal to {ATTRIBUTES_LENGTH}")
    return value
