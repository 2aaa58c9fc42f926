"""Calls of AWS that go wrong: throttled, 5xx, denied, over a limit, not visible, answer lost, or caller killed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import MockRawResponse

from tests.workflow.failures import FunctionKilled, UnknownFeature

Kind = Literal[
    "throttled",
    "5xx",
    "response lost",
    "not visible",
    "access denied",
    "limit exceeded",
    "killed before",
    "killed after",
]
TRANSIENT: tuple[Kind, ...] = ("throttled", "5xx", "response lost")
PERMANENT: tuple[Kind, ...] = ("access denied", "limit exceeded")
FOR_GOOD = 1_000_000

Perform = Callable[[], AWSResponse]


@dataclass(frozen=True)
class Call:
    """One request to AWS: who makes it (state and execution), and what it asks for."""

    execution: str
    state: str
    service: str
    operation: str
    protocol: str

    @property
    def name(self) -> str:
        """Return `sagemaker:CreateModel`."""
        return f"{self.service}:{self.operation}"


@dataclass
class Order:
    """After `skip` calls of this state to this operation, the next `count` go wrong."""

    kind: Kind
    state: str
    operation: str
    skip: int = 0
    count: int = 1

    def takes(self, call: Call) -> bool:
        """Say whether this call is to go wrong, and count it."""
        if (call.state, call.name) != (self.state, self.operation) or self.count == 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.count -= 1
        return True


def answer(kind: Kind, call: Call, request: AWSPreparedRequest, perform: Perform) -> AWSResponse:
    """Answer as AWS does when this goes wrong, or raise what the caller sees."""
    if kind == "killed before":
        raise FunctionKilled(call.name)
    if kind in ("response lost", "killed after"):
        perform()
        if kind == "killed after":
            raise FunctionKilled(call.name)
        raise ConnectionClosedError(endpoint_url=request.url)
    return _refusal(call, request, *_error(kind, call))


def denied(call: Call, request: AWSPreparedRequest, message: str) -> AWSResponse:
    """Answer as AWS does what the caller's policies do not allow."""
    status, code, _ = _error("access denied", call)
    return _refusal(call, request, status, code, message)


def _refusal(call: Call, request: AWSPreparedRequest, status: int, code: str, message: str) -> AWSResponse:
    body = b"" if request.method == "HEAD" else _body(call.protocol, code, message)
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-requestid": "0", "x-amzn-errortype": code}
    return AWSResponse(request.url, status, headers, MockRawResponse(body))


def _error(kind: Kind, call: Call) -> tuple[int, str, str]:
    if call.service == "s3":
        return {
            "throttled": (503, "SlowDown", "Please reduce your request rate."),
            "5xx": (500, "InternalError", "We encountered an internal error. Please try again."),
            "access denied": (403, "AccessDenied", "Access Denied"),
            "limit exceeded": (400, "LimitExceeded", "The limit was exceeded."),
        }[kind]
    action = call.name.replace("-", "")
    xml = call.protocol == "query"
    limit = "ResourceLimitExceeded" if call.service == "sagemaker" else "LimitExceededException"
    return {
        "throttled": (400, "Throttling" if xml else "ThrottlingException", "Rate exceeded"),
        "5xx": (500, "InternalFailure", "The request processing has failed."),
        "access denied": (
            403 if xml else 400,
            "AccessDenied" if xml else "AccessDeniedException",
            f"User: arn:aws:sts::123456789012:assumed-role/slipway-{call.state}/slipway-{call.state} is not authorized "
            f"to perform: {action} because no identity-based policy allows the {action} action",
        ),
        # Reads are eventually consistent, and another execution may delete what this one has just read.
        "not visible": (400, "ValidationException", f"Could not find what {call.operation} names."),
        "limit exceeded": (
            400,
            limit,
            "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances, with current utilization "
            "of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase.",
        ),
    }[kind]


def _body(protocol: str, code: str, message: str) -> bytes:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if protocol == "rest-xml":
        return error.encode()
    if protocol == "query":
        return f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>".encode()
    if protocol in ("json", "rest-json"):
        return json.dumps({"__type": code, "message": message}).encode()
    raise UnknownFeature(f"errors of the protocol {protocol}")
