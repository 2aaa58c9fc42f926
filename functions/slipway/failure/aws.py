"""The logs of the containers of endpoints and transform jobs, over boto3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from slipway.aws.errors import aws_errors
from slipway.errors import NotFound
from slipway.failure.container_log import last_messages
from slipway.failure.explain_failure import INFERENCE_COMPONENT, TRANSFORM_JOB

# Documented in "Logging with CloudWatch" of the SageMaker developer guide: streams are <variant>/<instance id>, and
# of an asynchronous endpoint <variant>/<instance id>/data-log as well, in which its queue is served.
LOG_GROUP = "/aws/sagemaker/Endpoints/{}"
DATA_LOG = "/data-log"
# Seen by yet-another-cloudwatch-exporter, and by the Hugging Face guide to components on SageMaker.
COMPONENT_LOG_GROUP = "/aws/sagemaker/InferenceComponents/{}"
JOB_LOG_GROUP = "/aws/sagemaker/TransformJobs"  # the same page; streams are <job>/<instance id>-<epoch>[/data-log]
MAX_LISTED = 20  # pages of 50 streams, of which an endpoint has one for each instance that it ever had
MAX_STREAMS = 8  # of the newest instances
PAGE = 1_000  # events
MAX_PAGES = 10


class CloudWatchEndpointLogs:
    """The logs of endpoints and transform jobs; `tails` implements `slipway.failure.explain_failure.LogTails`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def tails(self, name: str, since: str, lines: int, or_older: bool) -> list[list[str]]:
        group, streams_of = LOG_GROUP.format(name), self._streams
        if name.startswith(INFERENCE_COMPONENT):
            group = COMPONENT_LOG_GROUP.format(name.removeprefix(INFERENCE_COMPONENT))
        if name.startswith(TRANSFORM_JOB):
            group, streams_of = JOB_LOG_GROUP, partial(self._streams_of_job, name.removeprefix(TRANSFORM_JOB))
        start = int(datetime.fromisoformat(since.replace("Z", "+00:00")).timestamp() * 1000)
        try:
            with aws_errors():
                streams = sorted(streams_of(group), key=_began, reverse=True)
                new = [stream for stream in streams if _began(stream) >= start]
                read = (new or streams if or_older else new)[:MAX_STREAMS]
                tails = [self._tail(group, stream["logStreamName"], start, lines) for stream in read]
        except NotFound:
            return []  # no log group: no container has started
        return [tail for tail in tails if tail]

    def _streams(self, group: str) -> list[Mapping[str, Any]]:
        # All of them: lastEventTimestamp, by which they could be ordered, may lag an hour (API reference, LogStream).
        pages = self._client.get_paginator("describe_log_streams").paginate(
            logGroupName=group, orderBy="LastEventTime", descending=True, PaginationConfig={"MaxItems": 50 * MAX_LISTED}
        )
        found = [stream for page in pages for stream in page["logStreams"]]
        return [stream for stream in found if not stream["logStreamName"].endswith(DATA_LOG)]

    def _streams_of_job(self, job_name: str, group: str) -> list[Mapping[str, Any]]:
        pages = self._client.get_paginator("describe_log_streams").paginate(
            logGroupName=group, logStreamNamePrefix=f"{job_name}/", PaginationConfig={"MaxItems": 50 * MAX_LISTED}
        )
        return [stream for page in pages for stream in page["logStreams"]]

    def _tail(self, group: str, stream: str, start: int, lines: int) -> list[str]:
        """Return the last events. A page may be empty; the end is where the token stays the same (API reference)."""
        request = {"logGroupName": group, "logStreamName": stream, "startTime": start, "limit": PAGE}
        messages: list[str] = []
        token: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            answer = self._client.get_log_events(**request, startFromHead=False, **token)
            messages[:0] = [str(event["message"]).rstrip() for event in answer["events"]]
            following = {"nextToken": answer["nextBackwardToken"]}
            if following == token or len(last_messages(messages, lines)) < len(messages):
                break
            token = following
        return last_messages(messages, lines)


def _began(stream: Mapping[str, Any]) -> int:
    """Return when a stream was created or first written, whichever was later, in milliseconds."""
    return max(int(stream["creationTime"]), int(stream.get("firstEventTimestamp", 0)))
