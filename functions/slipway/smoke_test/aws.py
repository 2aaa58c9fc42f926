"""The payload of a smoke test in S3, and the invocation, over boto3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from time import perf_counter
from typing import Any

from botocore.exceptions import ClientError

from slipway.aws.errors import aws_errors, translated
from slipway.aws.s3 import Download
from slipway.errors import AccessDenied, ModelNotReady, NotVisibleYet, NotYet, SlipwayError
from slipway.smoke_test.errors import PayloadAccessDenied, PayloadNotFound, SmokeTestFailed
from slipway.smoke_test.smoke_test import Payload, SmokeTest

SHOWN = 1024  # bytes of an answer, characters of an error's text


def invoke_endpoint(
    client: Any,
    endpoint_name: str,
    headers: Mapping[str, str],
    payload: bytes,
    seconds: Callable[[], float] = perf_counter,
) -> SmokeTest:
    """See `InvokeEndpoint`; `seconds` is a monotonic clock."""
    started = seconds()
    with aws_errors():
        answer = _invoke(client, endpoint_name, headers, payload)
    with closing(Download(answer["Body"])) as download:
        body = _beginning(download)
    latency = seconds() - started
    return SmokeTest(
        Status=answer["ResponseMetadata"]["HTTPStatusCode"],
        LatencyMilliseconds=round(latency * 1000),
        ContentType=answer.get("ContentType", ""),
        Body=body.decode(errors="replace"),
    )


def _invoke(client: Any, endpoint_name: str, headers: Mapping[str, str], payload: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = client.invoke_endpoint(EndpointName=endpoint_name, Body=payload, **headers)
    except ClientError as error:
        raise _error(endpoint_name, error) from error
    return answer


def _beginning(download: Download) -> bytes:
    # To the end of it, where it is short: only there botocore sees whether it has come whole.
    body = b""
    while len(body) < SHOWN and (piece := download.read(SHOWN - len(body))):
        body += piece
    return body


def _error(endpoint_name: str, error: ClientError) -> SlipwayError:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code == "ModelError":
        return SmokeTestFailed(_model_error(endpoint_name, error.response))
    if code == "ModelNotReadyException":
        return ModelNotReady(message)
    if code == "ValidationError" and message.endswith("not found."):
        # "Endpoint x of account y not found.": the runtime learns of endpoints a moment after DescribeEndpoint does.
        return NotVisibleYet(message)
    known = translated(error)
    if isinstance(known, NotYet | AccessDenied):
        return known
    return SmokeTestFailed(f"SageMaker refused to invoke the endpoint {endpoint_name} ({code}): {_shown(message)}")


def _model_error(endpoint_name: str, response: Mapping[str, Any]) -> str:
    # 0 stands for no answer at all: time-out, lost connection; SageMaker's own words say which.
    status = response.get("OriginalStatusCode", 0)
    text = _shown(response.get("OriginalMessage") or response["Error"].get("Message", ""))
    if not status:
        return f"The endpoint {endpoint_name} did not answer the smoke test: {text}"
    return f"The endpoint {endpoint_name} answered the smoke test with {status}: {text}"


def _shown(text: str) -> str:
    return " ".join(text.split())[:SHOWN]


MISSING_PAYLOAD = frozenset({"NoSuchKey", "NoSuchBucket"})
PAYLOAD_DENIED = frozenset({"AccessDenied", "403"})


def open_payload(client: Any, bucket: str, key: str) -> Payload:
    """See `OpenPayload`. GetObject, because HeadObject's errors bear no names."""
    with aws_errors():
        found = _get(client, bucket, key)
    return Payload(found["ContentLength"], Download(found["Body"]))


def _get(client: Any, bucket: str, key: str) -> dict[str, Any]:
    uri = f"s3://{bucket}/{key}"
    try:
        found: dict[str, Any] = client.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in MISSING_PAYLOAD:
            raise PayloadNotFound(
                f"SmokeTest.PayloadUrl is {uri}, but there is no such object: upload it with aws s3 cp sample {uri}"
            ) from error
        if code in PAYLOAD_DENIED:
            raise PayloadAccessDenied(
                f"SmokeTest.PayloadUrl is {uri}, which the stack may not read: put the sample into the model "
                "bucket, or into the stack's SecondModelBucket."
            ) from error
        raise
    return found
