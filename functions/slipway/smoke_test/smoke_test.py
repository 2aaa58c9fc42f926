"""SmokeTest: ask the endpoint what the user's sample asks, once it is InService."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypedDict

from slipway.aws.s3 import Body
from slipway.deployment.plan import Plan
from slipway.smoke_test.errors import PayloadTooLarge

MIB = 1024**2
MAX_PAYLOAD = 6 * MIB  # bytes; BodyBlob of SageMaker Runtime's service model
# SageMaker developer guide, "Invoke a serverless endpoint": request and response have 4 MB at most.
MAX_SERVERLESS_PAYLOAD = 4 * MIB


@dataclass(frozen=True)
class Payload:
    """An object in S3 that is sent as it is; its size in bytes."""

    size: int
    body: Body


class Payloads(Protocol):
    """Where payloads lie."""

    def payload(self, bucket: str, key: str) -> Payload:
        """Open a payload. Raises `PayloadNotFound` or `PayloadAccessDenied`."""


class SmokeTest(TypedDict):
    """The endpoint's answer: HTTP's status, how long it took, and the first 1,024 bytes of its body as text."""

    Status: int
    LatencyMilliseconds: int
    ContentType: str
    Body: str


class Runtime(Protocol):
    """SageMaker's runtime."""

    def invoke(self, endpoint_name: str, headers: Mapping[str, str], payload: bytes) -> SmokeTest:
        """Invoke an endpoint; `headers` are ContentType and Accept.

        Raises `SmokeTestFailed` for whatever is not an answer of the model, `ModelNotReady`, and `NotVisibleYet` for an
        endpoint that the runtime does not know yet.
        """


def check_payload(plan: Plan, payloads: Payloads) -> Plan:
    """Return the plan, if the payload of its smoke test can be sent; nothing has been paid for by then.

    Raises `PayloadNotFound`, `PayloadAccessDenied` or `PayloadTooLarge`.
    """
    if "SmokeTest" in plan:
        _open(plan, payloads).close()
    return plan


def smoke_test(plan: Plan, payloads: Payloads, runtime: Runtime) -> SmokeTest:
    """Return the endpoint's answer to the payload. Raises what the ports raise, and `PayloadTooLarge`."""
    wanted = plan["SmokeTest"]
    with closing(_open(plan, payloads)) as body:
        payload = _all_of(body)
    headers = {"ContentType": wanted["ContentType"]}
    if "Accept" in wanted:
        headers["Accept"] = wanted["Accept"]
    return runtime.invoke(plan["EndpointName"], headers, payload)


def _open(plan: Plan, payloads: Payloads) -> Body:
    bucket, key = plan["SmokeTest"]["Bucket"], plan["SmokeTest"]["Key"]
    payload = payloads.payload(bucket, key)
    limit = MAX_SERVERLESS_PAYLOAD if "ServerlessConfig" in plan.get("Variant", {}) else MAX_PAYLOAD
    if payload.size > limit:
        payload.body.close()
        raise PayloadTooLarge(
            f"SmokeTest.PayloadUrl is s3://{bucket}/{key} of {payload.size} bytes, but must have at most {limit}, the "
            "most that the endpoint takes; write the address of a smaller sample."
        )
    return payload.body


def _all_of(body: Body) -> bytes:
    pieces = []
    while piece := body.read(MIB):
        pieces.append(piece)
    return b"".join(pieces)
