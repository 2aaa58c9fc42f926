"""InvokeEndpointAsync: the queue of each endpoint, and the processing of one invocation.

Payload from S3, container, answer to S3, message to SNS, metrics. The metrics are those of "Alarms and logs for
tracking metrics from asynchronous endpoints" in SageMaker's developer guide, with the guide's own spelling of
InvocationsProcesssed.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from slipway_local.ports import (
    Answer,
    AsyncHosting,
    Endpoints,
    Invocation,
    Metrics,
    ObjectDenied,
    ObjectMissing,
    Payloads,
    Publish,
    ServingVariant,
)
from slipway_local.runtime.errors import Response, not_found, validation_error
from slipway_local.runtime.metrics import NAMESPACE
from slipway_local.runtime.requests import InvokeEndpointAsync, name, parse_async
from slipway_local.runtime.routing import choose_variant
from slipway_local.runtime.scheduler import OncePerMinute

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
        **_response_fields(job, outcome),
        "inferenceId": request.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    return json.dumps(message)


def _response_fields(job: Job, outcome: Outcome) -> dict[str, Any]:
    answer = outcome.answer
    if answer is None:
        return {}
    location = job.request.failure_location if outcome.failure else job.request.output_location
    place = "failureLocation" if outcome.failure else "outputLocation"
    shown: dict[str, Any] = {"contentType": answer.content_type, **({place: location} if location else {})}
    included = (ERROR if outcome.failure else SUCCESS) in job.hosting.include_response_in
    if not included or len(answer.body) > MAX_INCLUDED:
        return {"responseParameters": shown}
    content = {"content": base64.b64encode(answer.body).decode(), "encoding": "BASE64"}
    return {"responseParameters": shown, "responseBody": content}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


logger = logging.getLogger(__name__)
LOGS = "See the SageMaker Endpoint logs in your account for more information."


@dataclass(frozen=True)
class AsyncDependencies:
    """What processing needs; `seconds` is a monotonic clock, `now` the time of day.

    `recent` is given what is measured in a minute whose datum has been published.
    """

    endpoints: Endpoints
    metrics: Metrics
    payloads: Payloads
    publish: Publish
    region: str
    random: Random
    seconds: Callable[[], float]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    recent: Callable[[str, str, float, Mapping[str, str]], None] = lambda *_: None


class FailedError(Exception):
    """A failed job: the message is its failureReason, `metric` is counted in addition to InvocationFailures."""

    def __init__(self, reason: str, metric: str | None = None) -> None:
        super().__init__(reason)
        self.metric = metric


class Processing:
    """Processes jobs; every method may be called from any thread."""

    def __init__(self, dependencies: AsyncDependencies) -> None:
        self._dependencies = dependencies

    def process(self, job: Job) -> None:
        """Bring a job to its end, whatever that is."""
        started = self._dependencies.seconds()
        variant = self._variant(job)
        count = _Count(self._dependencies.metrics, job.request.endpoint_name, variant.name if variant else "")
        count("TimeInBacklog", (started - job.queued) * 1e6, "Microseconds")
        outcome = self._outcome(job, variant, count, started)
        count("InvocationsProcesssed", 1.0)
        if outcome.failure:
            count("InvocationFailures", 1.0)
        self._notify(job, outcome, count)
        count("TotalProcessingTime", (self._dependencies.seconds() - job.queued) * 1e3, "Milliseconds")

    def _variant(self, job: Job) -> ServingVariant | None:
        variants = self._dependencies.endpoints.serving(job.request.endpoint_name)
        return choose_variant(variants, None, self._dependencies.random) if variants else None

    def _outcome(self, job: Job, variant: ServingVariant | None, count: _Count, started: float) -> Outcome:
        answer = None
        try:
            answer = self._answer(job, _still_wanted(job, variant, started), count)
            self._keep(job, answer, count)
        except FailedError as failed:
            if failed.metric:
                count(failed.metric, 1.0)
            return Outcome(answer, str(failed))
        return Outcome(answer)

    def _answer(self, job: Job, variant: ServingVariant, count: _Count) -> Answer:
        invocation = self._with_payload(job, count)
        sent = self._dependencies.seconds()
        try:
            answer = variant.container.invoke(invocation)
        except TimeoutError as error:
            raise FailedError(
                f"ClientError: The model took longer than {invocation.timeout:g} seconds. {LOGS}"
            ) from error
        except OSError as error:
            raise FailedError(f"ClientError: The model gave no answer. {LOGS}") from error
        count("ModelLatency", (self._dependencies.seconds() - sent) * 1e6, "Microseconds")
        count("Invocation4XXErrors", float(answer.status // 100 == 4), "None")  # noqa: PLR2004 - HTTP's classes
        count("Invocation5XXErrors", float(answer.status // 100 == 5), "None")  # noqa: PLR2004
        return answer

    def _with_payload(self, job: Job, count: _Count) -> Invocation:
        location = job.request.input_location
        if location is None:
            return job.request.invocation
        started = self._dependencies.seconds()
        try:
            body = self._dependencies.payloads.acting_as(job.hosting.role_arn).read(location)
        except (ObjectMissing, ObjectDenied) as error:
            reason = f"ClientError: Failed to download the request from {location}."
            raise FailedError(reason, "RequestDownloadFailures") from error
        count("RequestDownloadLatency", (self._dependencies.seconds() - started) * 1e6, "Microseconds")
        return replace(job.request.invocation, body=body)

    def _keep(self, job: Job, answer: Answer, count: _Count) -> None:
        """Write an answer where its kind goes. Raises `FailedError` for one that is no success."""
        good = 200 <= answer.status < 300  # noqa: PLR2004 - HTTP's class of success
        location = job.request.output_location if good else job.request.failure_location
        started = self._dependencies.seconds()
        try:
            if location is not None:
                store = self._dependencies.payloads.acting_as(job.hosting.role_arn)
                store.write(location, answer.body, answer.content_type)
                count("ResponseUploadLatency", (self._dependencies.seconds() - started) * 1e6, "Microseconds")
        except (ObjectMissing, ObjectDenied) as error:
            reason = f"ClientError: Failed to upload the response to {location}."
            raise FailedError(reason, "ResponseUploadFailures") from error
        if not good:
            side = "client" if answer.status // 100 == 4 else "server"  # noqa: PLR2004
            raise FailedError(f"ClientError: Received {side} error ({answer.status}) from model. {LOGS}")

    def _notify(self, job: Job, outcome: Outcome, count: _Count) -> None:
        topic = job.hosting.error_topic if outcome.failure else job.hosting.success_topic
        if topic is None:
            return
        message = notification(job, outcome, self._dependencies.region, self._dependencies.now())
        try:
            self._dependencies.publish(topic, message, job.hosting.role_arn)
        except OSError:
            logger.warning("The notification of %s was not published", job.request.inference_id, exc_info=True)
            count("NotificationFailures", 1.0)


def _still_wanted(job: Job, variant: ServingVariant | None, now: float) -> ServingVariant:
    """Return the variant that a job goes to. Raises `FailedError` for one that came too late."""
    if variant is None:
        raise FailedError(f"ClientError: Endpoint {job.request.endpoint_name} no longer serves.")
    if now - job.queued > job.request.time_to_live:
        raise FailedError("ClientError: The request expired in the queue.", "ExpiredRequests")
    return variant


class _Count:
    """Publishes metrics of one variant, of one endpoint where no variant is left."""

    def __init__(self, metrics: Metrics, endpoint_name: str, variant_name: str) -> None:
        self._metrics = metrics
        self._dimensions = {"EndpointName": endpoint_name, **({"VariantName": variant_name} if variant_name else {})}

    def __call__(self, name: str, value: float, unit: str = "Count") -> None:
        self._metrics.put(NAMESPACE, name, value, unit, self._dimensions)


# What AWS chooses where MaxConcurrentInvocationsPerInstance is not given depends on the instance and is not published.
DEFAULT_AT_ONCE = 4


@dataclass
class Backlog:
    """The jobs of one endpoint: those that wait, oldest first, and those that are being processed."""

    waiting: deque[Job] = field(default_factory=deque)
    processed: list[Job] = field(default_factory=list)

    @property
    def jobs(self) -> list[Job]:
        """All of them."""
        return [*self.processed, *self.waiting]


class AsyncInference:
    """Takes requests and processes them, as many at once as the endpoint's instances take; `start` runs a job."""

    def __init__(
        self,
        dependencies: AsyncDependencies,
        account_id: str,
        minutes: OncePerMinute,
        start: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._dependencies = dependencies
        self._account_id = account_id
        self._minutes = minutes
        self._processing = Processing(dependencies)
        self._start = start or _in_thread
        self._backlogs: dict[str, Backlog] = {}
        self._lock = threading.Lock()

    def invoke(self, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Queue one request and answer where its result will be. Raises `FaultError`."""
        endpoint_name = name("endpointName", endpoint_name)
        hosting = self._dependencies.endpoints.asynchronous(endpoint_name)
        if not self._dependencies.endpoints.serving(endpoint_name):
            raise not_found(endpoint_name, self._account_id)
        if hosting is None:
            raise validation_error(f"Endpoint {endpoint_name} is not asynchronous: use InvokeEndpoint.")
        request = parse_async(endpoint_name, headers, body, hosting)
        job = Job(request, hosting, self._dependencies.now(), self._dependencies.seconds())
        with self._lock:
            self._backlogs.setdefault(endpoint_name, Backlog()).waiting.append(job)
        self._pump(endpoint_name)
        locations = {
            "X-Amzn-SageMaker-OutputLocation": request.output_location,
            "X-Amzn-SageMaker-FailureLocation": request.failure_location,
        }
        shown = {key: value for key, value in locations.items() if value is not None}
        answer = json.dumps({"InferenceId": request.inference_id}).encode()
        return 202, {"Content-Type": "application/json", **shown}, answer

    def report(self) -> None:
        """Publish the backlog of every asynchronous endpoint once a minute, and take up what waited for an instance."""
        for endpoint_name in self._dependencies.endpoints.fleet():
            if self._dependencies.endpoints.asynchronous(endpoint_name) is not None:
                self._pump(endpoint_name)
                self._report(endpoint_name, is_due=self._minutes.is_due(endpoint_name))

    def _report(self, endpoint_name: str, *, is_due: bool) -> None:
        with self._lock:
            jobs = self._backlogs.get(endpoint_name, Backlog()).jobs
        oldest = min((job.queued for job in jobs), default=self._dependencies.seconds())
        dimensions = {"EndpointName": endpoint_name}
        instances = self._instances(endpoint_name)
        values = {
            "ApproximateBacklogSize": (len(jobs), "Count"),
            "ApproximateAgeOfOldestRequest": (self._dependencies.seconds() - oldest, "Seconds"),
            # Without a policy for HasBacklogWithoutCapacity, an endpoint scales up from zero once the requests exceed
            # the target: the whole backlog is that of one instance then (developer guide, "Autoscale an asynchronous
            # endpoint").
            "ApproximateBacklogSizePerInstance": (len(jobs) / max(instances, 1), "Count"),
            "HasBacklogWithoutCapacity": (int(bool(jobs) and not instances), "None"),
        }
        for metric, (value, unit) in values.items():
            if is_due:
                self._dependencies.metrics.put(NAMESPACE, metric, float(value), unit, dimensions)
            else:
                self._dependencies.recent(NAMESPACE, metric, float(value), dimensions)

    def _pump(self, endpoint_name: str) -> None:
        """Take up as many jobs as may be processed now; without instances, or an endpoint, the others wait."""
        instances = self._instances(endpoint_name)
        with self._lock:
            backlog = self._backlogs[endpoint_name] if endpoint_name in self._backlogs else Backlog()
            taken = []
            while backlog.waiting:
                at_once = backlog.waiting[0].hosting.max_at_once or DEFAULT_AT_ONCE
                if len(backlog.processed) >= at_once * instances:
                    break
                taken.append(backlog.waiting.popleft())
                backlog.processed.append(taken[-1])
        for job in taken:
            self._start(lambda job=job: self._process(backlog, job))  # type: ignore[misc]

    def _process(self, backlog: Backlog, job: Job) -> None:
        try:
            self._processing.process(job)
        except Exception:  # a bug must not keep the rest of the queue waiting
            logger.exception("the asynchronous invocation %s broke", job.request.inference_id)
        finally:
            with self._lock:
                backlog.processed.remove(job)
            self._pump(job.request.endpoint_name)

    def _instances(self, endpoint_name: str) -> int:
        variants = self._dependencies.endpoints.serving(endpoint_name) or []
        return sum(variant.instance_count for variant in variants)


def _in_thread(job: Callable[[], None]) -> None:
    threading.Thread(target=job, name="async-inference", daemon=True).start()
