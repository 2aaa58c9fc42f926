"""Whether what AWS is asked keeps AWS's own service models: nothing that was not checked may reach a call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from slipway_local.sagemaker.validation.shapes import broken_by
from tests.workflow.faults import Call

BUCKET_HOST = re.compile(
    r"(?:([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.)?s3\.us-east-1\.amazonaws\.com|([a-z0-9-]+)\.s3\.amazonaws\.com"
)
MAX_KEY = 1024  # bytes (S3 user guide, "Naming Amazon S3 objects")
SESSION = botocore.session.get_session()


class ParameterGuard:
    """Lets every call pass, and notes what AWS's service models do not allow; `checked` counts the calls."""

    def __init__(self) -> None:
        self.checked = 0
        self.broken: list[str] = []

    def allow_task(self, machine: str, resource: str, arguments: Any) -> None:
        """See `Guard`: a task's call of AWS is seen as a request."""

    def allow(self, machine: str, action: str, resource: str) -> None:
        """See `Guard`."""

    def answer(self, call: Call, request: AWSPreparedRequest, perform: Callable[[], AWSResponse]) -> AWSResponse:
        self.checked += 1
        self.broken += [f"{call.name} of {call.state}: {fault}" for fault in _faults(call, request)]
        return perform()


def _faults(call: Call, request: AWSPreparedRequest) -> Iterator[str]:
    if call.service == "s3":
        yield from _faults_of_s3(request)
    elif call.protocol == "json":
        shape = SESSION.get_service_model(call.service).operation_model(call.operation).input_shape
        yield from _violations(shape, json.loads(request.body or b"{}"), call.operation)


def _faults_of_s3(request: AWSPreparedRequest) -> Iterator[str]:
    url = urlsplit(request.url)
    if not BUCKET_HOST.fullmatch(url.hostname or ""):
        yield f"the bucket of {url.hostname}"
    if len(unquote(url.path).encode()) > MAX_KEY + 1:
        yield "the key is too long"


def _violations(shape: Any, value: Any, where: str) -> Iterator[str]:
    yield from (f"{where} is {str(value)[:80]!r}: {fault}" for fault in broken_by(shape, value))
    if shape.type_name == "structure":
        for name, member in value.items():
            if name not in shape.members:
                yield f"{where} has no {name}"
            else:
                yield from _violations(shape.members[name], member, f"{where}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from _violations(shape.member, item, f"{where}[]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _violations(shape.key, key, f"{where} key")
            yield from _violations(shape.value, item, f"{where}.{key}")
