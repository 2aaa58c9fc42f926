"""The SageMaker Runtime service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from random import Random

from slipway_local.ports import Answer, Endpoints, Metrics, ServingVariant
from slipway_local.sagemaker_runtime.counting import count_invocation
from slipway_local.sagemaker_runtime.faults import FaultError, Origin, Response, validation_error
from slipway_local.sagemaker_runtime.request import InvokeEndpoint, parse
from slipway_local.sagemaker_runtime.routing import choose_variant

# An invocation may block for 60 s; threads of their own keep it from starving the rest of the engine.
WORKERS = 64


class SageMakerRuntime:
    """Answers InvokeEndpoint for the endpoints of one account and region.

    `seconds` is a monotonic clock for the latency metrics; `random` chooses variants by weight.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        metrics: Metrics,
        *,
        region: str,
        account_id: str,
        random: Random,
        seconds: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._endpoints = endpoints
        self._metrics = metrics
        self._region = region
        self._account_id = account_id
        self._random = random
        self._seconds = seconds
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="invoke-endpoint")

    async def handle_request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        query_params: object,  # noqa: ARG002 - MiniStack hands it to every service; InvokeEndpoint has none
    ) -> Response:
        """Answer one HTTP request, as MiniStack hands it to a service."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, self.answer, method, path, headers, body)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one HTTP request; blocks until the container has answered."""
        started = self._seconds()
        try:
            request = parse(method, path, headers, body)
            return self._invoke(request, self._variant(request), started)
        except FaultError as fault:
            return fault.response()

    def _variant(self, request: InvokeEndpoint) -> ServingVariant:
        variants = self._endpoints.serving(request.endpoint_name)
        if not variants:
            # SageMaker Runtime learns of an endpoint when it is first InService: until then, and after its
            # deletion, it does not know it.
            raise validation_error(f"Endpoint {request.endpoint_name} of account {self._account_id} not found.")
        variant = choose_variant(variants, request.target_variant, self._random)
        if variant is None:
            raise validation_error(f"Variant {request.target_variant} not found for Request.")
        return variant

    def _invoke(self, request: InvokeEndpoint, variant: ServingVariant, started: float) -> Response:
        origin = Origin(request.endpoint_name, self._region, self._account_id)
        sent = self._seconds()
        try:
            variant, answer = self._send(request, variant)
        except TimeoutError as error:
            self._count(request, variant, 0, started, sent)
            raise origin.timed_out() from error
        except OSError as error:
            self._count(request, variant, 0, started, sent)
            raise origin.no_response() from error
        self._count(request, variant, answer.status, started, sent)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's class of success
            raise origin.model_error(answer.status, answer.body.decode(errors="replace"))
        return _response(variant.name, answer)

    def _send(self, request: InvokeEndpoint, variant: ServingVariant) -> tuple[ServingVariant, Answer]:
        try:
            return variant, variant.container.invoke(request.invocation)
        except ConnectionRefusedError:
            # An update may have moved the traffic and stopped this container since it was looked up. Nothing
            # was delivered, so its successor may be asked.
            successor = self._variant(request)
            if successor.container is variant.container:
                raise
            return successor, successor.container.invoke(request.invocation)

    def _count(
        self, request: InvokeEndpoint, variant: ServingVariant, status: int, started: float, sent: float
    ) -> None:
        dimensions = {"EndpointName": request.endpoint_name, "VariantName": variant.name}
        model_seconds = self._seconds() - sent
        count_invocation(self._metrics, dimensions, variant.instance_count, status, model_seconds, sent - started)


def _response(variant_name: str, answer: Answer) -> Response:
    headers = {
        "Content-Type": answer.content_type,
        "x-Amzn-Invoked-Production-Variant": variant_name,
        "X-Amzn-SageMaker-Custom-Attributes": answer.custom_attributes,
    }
    return 200, {name: value for name, value in headers.items() if value}, answer.body
