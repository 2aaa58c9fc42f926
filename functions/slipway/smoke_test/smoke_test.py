"""SmokeTest: ask the endpoint what the user's sample asks, once it is InService."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TypedDict

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


class SmokeTest(TypedDict):
    """The endpoint's answer: HTTP's status, how long it took, and the first 1,024 bytes of its body as text."""

    Status: int
    LatencyMilliseconds: int
    ContentType: str
    Body: str


# Opens the payload of a bucket and key. Raises `PayloadNotFound` or `PayloadAccessDenied`.
OpenPayload = Callable[[str, str], Payload]
# Invokes an endpoint by name; the headers are ContentType and Accept. Raises `SmokeTestFailed` for whatever is not an
# answer of the model, `ModelNotReady`, and `NotVisibleYet` for an endpoint that the runtime does not know yet.
InvokeEndpoint = Callable[[str, Mapping[str, str], bytes], SmokeTest]


def check_payload(plan: Plan, open_payload: OpenPayload) -> Plan:
    """Return the plan, if the payload of its smoke test can be sent; nothing has been paid for by then.

    Raises `PayloadNotFound`, `PayloadAccessDenied` or `PayloadTooLarge`.
    """
    if "SmokeTest" in plan:
        _open(plan, open_payload).close()
    return plan


def smoke_test(plan: Plan, open_payload: OpenPayload, invoke_endpoint: InvokeEndpoint) -> SmokeTest:
    """Return the endpoint's answer to the payload. Raises what both calls raise, and `PayloadTooLarge`."""
    wanted = plan["SmokeTest"]
    with closing(_open(plan, open_payload)) as body:
        payload = _all_of(body)
    headers = {"ContentType": wanted["ContentType"]}
    if "Accept" in wanted:
        headers["Accept"] = wanted["Accept"]
    return invoke_endpoint(plan["EndpointName"], headers, payload)


def _open(plan: Plan, open_payload: OpenPayload) -> Body:
    bucket, key = plan["SmokeTest"]["Bucket"], plan["SmokeTest"]["Key"]
    payload = open_payload(bucket, key)
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
