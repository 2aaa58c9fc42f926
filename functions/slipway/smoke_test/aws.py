"""The payload of a smoke test in S3, the invocation, and what CloudWatch measured of a fleet, over boto3."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from time import perf_counter
from typing import Any

from botocore.exceptions import ClientError

from slipway.aws.errors import aws_errors, translated
from slipway.aws.s3 import Download
from slipway.errors import AccessDenied, ModelNotReady, NotVisibleYet, NotYet
from slipway.smoke_test.analyze_traffic import FleetMetric
from slipway.smoke_test.errors import PayloadAccessDenied, PayloadNotFound
from slipway.smoke_test.smoke_test import MIB, Answer, Payload

SHOWN = 300  # characters of an error's text


def invoke_endpoint(
    client: Any,
    endpoint_name: str,
    headers: Mapping[str, str],
    payload: bytes,
    seconds: Callable[[], float] = perf_counter,
) -> Answer:
    """See `InvokeEndpoint`; `seconds` is a monotonic clock."""
    started = seconds()
    with aws_errors():
        try:
            found = client.invoke_endpoint(EndpointName=endpoint_name, Body=payload, **headers)
        except ClientError as error:
            return _without_answer(error, (seconds() - started) * 1000)
        with closing(Download(found["Body"])) as download:
            body = _all_of(download)
    return Answer(
        status=found["ResponseMetadata"]["HTTPStatusCode"],
        milliseconds=(seconds() - started) * 1000,
        content_type=found.get("ContentType", ""),
        body=body,
    )


def _all_of(download: Download) -> bytes:
    pieces = []
    while piece := download.read(MIB):
        pieces.append(piece)
    return b"".join(pieces)


def _without_answer(error: ClientError, milliseconds: float) -> Answer:
    """Return what is no answer of the model. Raises what is none of the model's doing."""
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "ModelError":
        # 0 stands for no answer at all: time-out, lost connection; SageMaker's own words say which.
        status = error.response.get("OriginalStatusCode", 0)
        text = _shown(error.response.get("OriginalMessage") or message)
        trouble = f"answered with {status}: {text}" if status else f"not answered: {text}"
        return Answer(status, milliseconds, trouble=trouble)
    if code == "ModelNotReadyException":
        raise ModelNotReady(message) from error
    if code == "ValidationError" and message.endswith("not found."):
        # "Endpoint x of account y not found.": the runtime learns of endpoints a moment after DescribeEndpoint does.
        raise NotVisibleYet(message) from error
    known = translated(error)
    if isinstance(known, NotYet | AccessDenied):
        raise known from error
    return Answer(status, milliseconds, trouble=f"refused by SageMaker ({code}): {_shown(message)}")


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


def fleet_metrics(client: Any, metrics: Sequence[FleetMetric], since: datetime, until: datetime) -> list[list[float]]:
    """See `FleetMetrics`. An answer holds 100,800 values, and an endpoint's need fewer than 15,000."""
    queries = [{"Id": f"m{index}", "MetricStat": _metric_stat(metric)} for index, metric in enumerate(metrics)]
    with aws_errors():
        answer = client.get_metric_data(MetricDataQueries=queries, StartTime=since, EndTime=until)
    found = {result["Id"]: list(map(float, result["Values"])) for result in answer["MetricDataResults"]}
    return [found[query["Id"]] for query in queries]


def _metric_stat(metric: FleetMetric) -> dict[str, Any]:
    listed = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    about = {"Namespace": "AWS/SageMaker", "MetricName": metric.name, "Dimensions": listed}
    return {"Metric": about, "Period": 60, "Stat": metric.statistic}
