"""InvokeEndpointAsync: the queue of each endpoint, and what is told of it once a minute."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slipway_local.sagemaker_runtime.async_job import Job
from slipway_local.sagemaker_runtime.async_processing import Processing, Surroundings
from slipway_local.sagemaker_runtime.async_request import parse_async
from slipway_local.sagemaker_runtime.counting import NAMESPACE
from slipway_local.sagemaker_runtime.faults import Response, not_found, validation_error
from slipway_local.sagemaker_runtime.members import name
from slipway_local.sagemaker_runtime.minutes import OncePerMinute

LOGGER = logging.getLogger(__name__)
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
        surroundings: Surroundings,
        account_id: str,
        minutes: OncePerMinute,
        start: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._around = surroundings
        self._account_id = account_id
        self._minutes = minutes
        self._processing = Processing(surroundings)
        self._start = start or _in_thread
        self._backlogs: dict[str, Backlog] = {}
        self._lock = threading.Lock()

    def invoke(self, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Queue one request and answer where its result will be. Raises `FaultError`."""
        endpoint_name = name("endpointName", endpoint_name)
        hosting = self._around.endpoints.asynchronous(endpoint_name)
        if not self._around.endpoints.serving(endpoint_name):
            raise not_found(endpoint_name, self._account_id)
        if hosting is None:
            raise validation_error(f"Endpoint {endpoint_name} is not asynchronous: use InvokeEndpoint.")
        request = parse_async(endpoint_name, headers, body, hosting)
        job = Job(request, hosting, self._around.now(), self._around.seconds())
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
        for endpoint_name in self._around.endpoints.fleet():
            if self._around.endpoints.asynchronous(endpoint_name) is not None:
                self._pump(endpoint_name)
                if self._minutes.is_due(endpoint_name):
                    self._report(endpoint_name)

    def _report(self, endpoint_name: str) -> None:
        with self._lock:
            jobs = self._backlogs.get(endpoint_name, Backlog()).jobs
        oldest = min((job.queued for job in jobs), default=self._around.seconds())
        dimensions = {"EndpointName": endpoint_name}
        values = {
            "ApproximateBacklogSize": (len(jobs), "Count"),
            "ApproximateAgeOfOldestRequest": (self._around.seconds() - oldest, "Seconds"),
        }
        if instances := self._instances(endpoint_name):
            values["ApproximateBacklogSizePerInstance"] = (len(jobs) / instances, "Count")
        for metric, (value, unit) in values.items():
            self._around.metrics.put(NAMESPACE, metric, float(value), unit, dimensions)

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
            LOGGER.exception("the asynchronous invocation %s broke", job.request.inference_id)
        finally:
            with self._lock:
                backlog.processed.remove(job)
            self._pump(job.request.endpoint_name)

    def _instances(self, endpoint_name: str) -> int:
        variants = self._around.endpoints.serving(endpoint_name) or []
        return sum(variant.instance_count for variant in variants)


def _in_thread(job: Callable[[], None]) -> None:
    threading.Thread(target=job, name="async-inference", daemon=True).start()
