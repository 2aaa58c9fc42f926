"""One asynchronous invocation, from its queue to what is told of it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway_local.ports import Answer
from slipway_local.runtime_ports import AsyncHosting
from slipway_local.sagemaker_runtime.async_request import InvokeEndpointAsync

# "The inference response is included only if the response size is less than or equal to 128 KB."
MAX_INCLUDED = 128 * 1024
SUCCESS, ERROR = "SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"


@dataclass(frozen=True)
class Job:
    """A request, how its endpoint is hosted, and when it came: in wall-clock time, and in seconds of a clock."""

    request: InvokeEndpointAsync
    hosting: AsyncHosting
    received: datetime
    queued: float


@dataclass(frozen=True)
class Outcome:
    """How a job ended: `failure` is AWS's failureReason, None for success; `answer` the container's, if any."""

    answer: Answer | None = None
    failure: str | None = None


def notification(job: Job, outcome: Outcome, region: str, now: datetime) -> str:
    """Return the message for SNS, in the form of those that AWS's users have published.

    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
    """
    request = job.request
    asked = {
        "accept": request.invocation.accept,
        "contentType": request.invocation.content_type,
        "endpointName": request.endpoint_name,
        "inputLocation": request.input_location,
    }
    message: dict[str, Any] = {
        "awsRegion": region,
        "eventTime": _moment(now),
        "receivedTime": _moment(job.received),
        "invocationStatus": "Failed" if outcome.failure else "Completed",
        **({"failureReason": outcome.failure} if outcome.failure else {}),
        "requestParameters": {name: value for name, value in asked.items() if value is not None},
        **_told_of_answer(job, outcome),
        "inferenceId": request.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    return json.dumps(message)


def _told_of_answer(job: Job, outcome: Outcome) -> dict[str, Any]:
    answer = outcome.answer
    if answer is None:
        return {}
    location = job.request.failure_location if outcome.failure else job.request.output_location
    place = "failureLocation" if outcome.failure else "outputLocation"
    told: dict[str, Any] = {"contentType": answer.content_type, **({place: location} if location else {})}
    included = (ERROR if outcome.failure else SUCCESS) in job.hosting.include_response_in
    if not included or len(answer.body) > MAX_INCLUDED:
        return {"responseParameters": told}
    content = {"content": base64.b64encode(answer.body).decode(), "encoding": "BASE64"}
    return {"responseParameters": told, "responseBody": content}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
