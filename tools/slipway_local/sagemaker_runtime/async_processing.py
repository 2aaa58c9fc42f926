"""Processing one asynchronous invocation: payload from S3, container, answer to S3, message to SNS, metrics.

The metrics are those of "Alarms and logs for tracking metrics from asynchronous endpoints" in SageMaker's developer
guide, with the guide's own spelling of InvocationsProcesssed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from slipway_local.ports import Answer, Invocation, Metrics, ObjectDenied, ObjectMissing
from slipway_local.runtime_ports import Endpoints, Payloads, ServingVariant, Topics
from slipway_local.sagemaker_runtime.async_job import Job, Outcome, notification
from slipway_local.sagemaker_runtime.counting import NAMESPACE
from slipway_local.sagemaker_runtime.routing import choose_variant

LOGGER = logging.getLogger(__name__)
LOGS = "See the SageMaker Endpoint logs in your account for more information."


@dataclass(frozen=True)
class Surroundings:
    """What processing needs; `seconds` is a monotonic clock, `now` the time of day."""

    endpoints: Endpoints
    metrics: Metrics
    payloads: Payloads
    topics: Topics
    region: str
    random: Random
    seconds: Callable[[], float]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class FailedError(Exception):
    """A job came to nothing; the message is its failureReason, `metric` what counts it besides InvocationFailures."""

    def __init__(self, reason: str, metric: str | None = None) -> None:
        super().__init__(reason)
        self.metric = metric


class Processing:
    """Processes jobs; every method may be called from any thread."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings

    def process(self, job: Job) -> None:
        """Bring a job to its end, whatever that is."""
        started = self._around.seconds()
        variant = self._variant(job)
        count = _Count(self._around.metrics, job.request.endpoint_name, variant.name if variant else "")
        count("TimeInBacklog", (started - job.queued) * 1e6, "Microseconds")
        outcome = self._outcome(job, variant, count, started)
        count("InvocationsProcesssed", 1.0)
        if outcome.failure:
            count("InvocationFailures", 1.0)
        self._notify(job, outcome, count)
        count("TotalProcessingTime", (self._around.seconds() - job.queued) * 1e3, "Milliseconds")

    def _variant(self, job: Job) -> ServingVariant | None:
        variants = self._around.endpoints.serving(job.request.endpoint_name)
        return choose_variant(variants, None, self._around.random) if variants else None

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
        sent = self._around.seconds()
        try:
            answer = variant.container.invoke(invocation)
        except TimeoutError as error:
            raise FailedError(
                f"ClientError: The model took longer than {invocation.timeout:g} seconds. {LOGS}"
            ) from error
        except OSError as error:
            raise FailedError(f"ClientError: The model gave no answer. {LOGS}") from error
        count("ModelLatency", (self._around.seconds() - sent) * 1e6, "Microseconds")
        count("Invocation4XXErrors", float(answer.status // 100 == 4), "None")  # noqa: PLR2004 - HTTP's classes
        count("Invocation5XXErrors", float(answer.status // 100 == 5), "None")  # noqa: PLR2004
        return answer

    def _with_payload(self, job: Job, count: _Count) -> Invocation:
        location = job.request.input_location
        if location is None:
            return job.request.invocation
        started = self._around.seconds()
        try:
            body = self._around.payloads.acting_as(job.hosting.role_arn).read(location)
        except (ObjectMissing, ObjectDenied) as error:
            reason = f"ClientError: Failed to download the request from {location}."
            raise FailedError(reason, "RequestDownloadFailures") from error
        count("RequestDownloadLatency", (self._around.seconds() - started) * 1e6, "Microseconds")
        return replace(job.request.invocation, body=body)

    def _keep(self, job: Job, answer: Answer, count: _Count) -> None:
        """Write an answer where its kind goes. Raises `FailedError` for one that is no success."""
        good = 200 <= answer.status < 300  # noqa: PLR2004 - HTTP's class of success
        location = job.request.output_location if good else job.request.failure_location
        started = self._around.seconds()
        try:
            if location is not None:
                store = self._around.payloads.acting_as(job.hosting.role_arn)
                store.write(location, answer.body, answer.content_type)
                count("ResponseUploadLatency", (self._around.seconds() - started) * 1e6, "Microseconds")
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
        message = notification(job, outcome, self._around.region, self._around.now())
        try:
            self._around.topics.publish(topic, message, job.hosting.role_arn)
        except OSError:
            LOGGER.warning("Nobody was told of %s", job.request.inference_id, exc_info=True)
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
