"""InvokeEndpoint, and the SageMaker Runtime service."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass, field, replace
from random import Random
from typing import TypeVar
from urllib.parse import unquote

from slipway_local.ports import (
    Answer,
    Endpoints,
    HostedContainer,
    Metrics,
    ModelMissing,
    ServingVariant,
    StreamedAnswer,
)
from slipway_local.runtime.capture import DataCapture
from slipway_local.runtime.errors import (
    MAX_BODY,
    FaultError,
    ModelErrors,
    Response,
    Streamed,
    not_found,
    validation_error,
)
from slipway_local.runtime.metrics import count_invocation
from slipway_local.runtime.requests import InvokeEndpoint, parse
from slipway_local.runtime.routing import choose_variant, shadow_of

logger = logging.getLogger(__name__)
Job = Callable[[], object]
A = TypeVar("A", Answer, StreamedAnswer)
SHADOW_WORKERS = 8
# AWS publishes the limit of a response, and no words for it; these are ours.
TOO_LARGE = f"The response is larger than {MAX_BODY} bytes, the most that InvokeEndpoint returns."


@dataclass(frozen=True)
class RealTime:
    """Sends invocations to variants by weight, copies of them to a shadow, and counts them.

    `aside` runs what the caller does not wait for, `data_capture` writes what is captured; `seconds` is a monotonic
    clock.
    """

    endpoints: Endpoints
    metrics: Metrics
    _: KW_ONLY
    region: str
    account_id: str
    random: Random
    seconds: Callable[[], float] = time.perf_counter
    aside: Callable[[Job], object] = field(
        default_factory=lambda: ThreadPoolExecutor(SHADOW_WORKERS, thread_name_prefix="shadow").submit
    )
    data_capture: DataCapture | None = None

    def invoke(self, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one request; blocks until the container has answered. Raises `FaultError`."""
        started = self.seconds()
        request = parse(endpoint_name, headers, body)
        variant, answer, sent = self._delivered(request, started, lambda to: to.invoke(request.invocation))
        self._count(request, variant, answer.status, started, sent)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's class of success
            said = answer.body.decode(errors="replace")
            raise self._errors(request).model_error(answer.status, said, answer.container)
        if len(answer.body) > MAX_BODY:
            raise self._errors(request).model_error(0, TOO_LARGE)
        self._capture(request, variant, answer)
        return 200, _headers(variant.name, answer), answer.body

    def stream(
        self, endpoint_name: str, headers: Mapping[str, str], body: bytes, path: str = "/invocations"
    ) -> Streamed:
        """Answer one request with the container's answer as it comes. Raises `FaultError` before its first byte."""
        started = self.seconds()
        request = parse(endpoint_name, headers, body)
        request = replace(request, invocation=replace(request.invocation, path=path))
        variant, answer, sent = self._delivered(request, started, lambda to: to.stream(request.invocation))
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's class of success
            content = b"".join(answer.chunks)
            self._count(request, variant, answer.status, started, sent)
            said = content.decode(errors="replace")
            raise self._errors(request).model_error(answer.status, said, answer.container)

        def passed_on() -> Iterator[bytes]:
            content, status = [], 0
            try:
                for chunk in answer.chunks:
                    content.append(chunk)
                    yield chunk
                status = answer.status
            finally:
                self._count(request, variant, status, started, sent)
            whole = Answer(status, b"".join(content), answer.content_type, answer.custom_attributes)
            self._capture(request, variant, whole)

        return 200, _headers(variant.name, answer), passed_on()

    def _errors(self, request: InvokeEndpoint) -> ModelErrors:
        return ModelErrors(request.endpoint_name, self.region, self.account_id)

    def _delivered(
        self, request: InvokeEndpoint, started: float, call: Callable[[HostedContainer], A]
    ) -> tuple[ServingVariant, A, float]:
        """Return the variant that answered, its answer, and when it was asked."""
        variant = self._variant(request)
        self._copy(request)
        sent = self.seconds()
        try:
            variant, answer = self._send(request, variant, call)
        except ModelMissing as error:
            raise validation_error(str(error)) from error
        except TimeoutError as error:
            self._count(request, variant, 0, started, sent)
            raise self._errors(request).timed_out() from error
        except OSError as error:
            self._count(request, variant, 0, started, sent)
            raise self._errors(request).no_response() from error
        return variant, answer, sent

    def _capture(self, request: InvokeEndpoint, variant: ServingVariant, answer: Answer) -> None:
        writer, capture = self.data_capture, self.endpoints.capture(request.endpoint_name)
        if writer and capture:
            prefix = f"{request.endpoint_name}/{variant.name}"
            self.aside(lambda: writer.write(capture, prefix, request.invocation, answer))

    def _variant(self, request: InvokeEndpoint) -> ServingVariant:
        variants = self.endpoints.serving(request.endpoint_name)
        if not variants:
            # SageMaker Runtime learns of an endpoint when it is first InService: until then, and after its
            # deletion, it does not know it.
            raise not_found(request.endpoint_name, self.account_id)
        if self.endpoints.asynchronous(request.endpoint_name) is not None:
            raise validation_error(f"Endpoint {request.endpoint_name} is asynchronous: use InvokeEndpointAsync.")
        placed = [one for one in variants if request.component in (one.components or {})]
        variant = choose_variant(placed or variants, request.target_variant, self.random)
        if variant is None:
            raise validation_error(f"Variant {request.target_variant} not found for Request.")
        _check_target(request, variant)
        _check_component(request, variant)
        return variant

    def _send(
        self, request: InvokeEndpoint, variant: ServingVariant, call: Callable[[HostedContainer], A]
    ) -> tuple[ServingVariant, A]:
        try:
            return variant, call(variant.container)
        except ConnectionRefusedError:
            # An update may have moved the traffic and stopped this container since it was looked up. Nothing
            # was delivered, so its successor may be asked.
            successor = self._variant(request)
            if successor.container is variant.container:
                raise
            return successor, call(successor.container)

    def _copy(self, request: InvokeEndpoint) -> None:
        shadow = shadow_of(self.endpoints.serving(request.endpoint_name) or [], self.random)
        if shadow is not None:
            self.aside(lambda: self._shadow(request, shadow))

    def _shadow(self, request: InvokeEndpoint, shadow: ServingVariant) -> None:
        """Invoke the shadow and drop its answer; its metrics and its log remain."""
        started, status = self.seconds(), 0
        try:
            status = shadow.container.invoke(request.invocation).status
        except OSError:
            logger.info("The shadow variant %s gave no answer", shadow.name)
        self._count(request, shadow, status, started, started)

    def _count(
        self, request: InvokeEndpoint, variant: ServingVariant, status: int, started: float, sent: float
    ) -> None:
        dimensions = {"EndpointName": request.endpoint_name, "VariantName": variant.name}
        model_seconds = self.seconds() - sent
        # DG "Auto-Rollback Configuration and Monitoring": a fleet's metrics have its configuration's name as well.
        of_fleet = dimensions | {"EndpointConfigName": variant.config_name}
        for one in (dimensions, of_fleet):
            count_invocation(self.metrics, one, variant.instance_count, status, model_seconds, sent - started)
        if request.target_container is not None:
            # DG "Metrics for multi-container endpoints with direct invocation": each container has its own as well.
            dimensions = dimensions | {"ContainerName": request.target_container}
            count_invocation(self.metrics, dimensions, variant.instance_count, status, model_seconds, sent - started)
        if request.component is not None:
            # DG "Metrics for monitoring SageMaker AI with CloudWatch": those of components have this dimension alone.
            named = {"InferenceComponentName": request.component}
            count_invocation(self.metrics, named, 0, status, model_seconds, sent - started)


def _check_target(request: InvokeEndpoint, variant: ServingVariant) -> None:
    """Check TargetContainerHostname (DG "Invoke a multi-container endpoint with direct invocation").

    "You will get validation errors"; their words are ours.
    """
    name, target = request.endpoint_name, request.target_container
    if target is None and variant.hostnames:
        raise validation_error(f"Endpoint {name} is invoked directly: TargetContainerHostname is required.")
    if target is not None and not variant.hostnames:
        raise validation_error(f"TargetContainerHostname is for direct invocation, which {name} is not configured for.")
    if request.target_model is not None and not variant.is_multi_model:
        # amazon-sagemaker-examples issue 1026 has the end of this text.
        raise validation_error(
            f"Endpoint {name} is not a multi-model endpoint and does not support target model header."
        )
    if request.target_model is None and variant.is_multi_model:
        raise validation_error(f"Endpoint {name} is a multi-model endpoint: TargetModel is required.")
    if target is not None and target not in variant.hostnames:
        raise validation_error(f"Container {target} not found in endpoint {name}.")


def _check_component(request: InvokeEndpoint, variant: ServingVariant) -> None:
    """Check InferenceComponentName.

    The text about a missing one is in aws-samples/amazon-kendra-langchain-extensions issue 64, "has no capacity" in
    Hugging Face's notes on production defaults (July 2026); the rest is ours.
    """
    name, component = request.endpoint_name, request.component
    if variant.components is None:
        if component is not None:
            raise validation_error(
                f"InferenceComponentName is for an endpoint of inference components, which {name} is not."
            )
        return
    if component is None:
        raise validation_error(
            "Inference Component Name header is required for endpoints to which you plan to deploy inference "
            "components. Please include Inference Component Name header or consider using SageMaker models."
        )
    if component not in variant.components:
        raise validation_error(f"Inference Component {component} not found in endpoint {name}.")
    if not variant.components[component]:
        raise validation_error(f"Inference Component {component} has no capacity to process this request.")


def _headers(variant_name: str, answer: Answer | StreamedAnswer) -> dict[str, str]:
    headers = {
        "Content-Type": answer.content_type,
        "x-Amzn-Invoked-Production-Variant": variant_name,
        "X-Amzn-SageMaker-Custom-Attributes": answer.custom_attributes,
    }
    return {name: value for name, value in headers.items() if value}


PATH = re.compile(r"/endpoints/([^/]*)/([a-z-]+|openai/v1/chat/completions)")
# An invocation may block for 60 s; threads of their own keep it from starving the rest of the engine.
WORKERS = 64


# Answers one request from the endpoint's name, headers and body. Raises `FaultError`.
Invoke = Callable[[str, Mapping[str, str], bytes], Response | Streamed]


class SageMakerRuntime:
    """Answers InvokeEndpoint and, where there is a way to, the other operations, and the path of OpenAI's clients."""

    def __init__(
        self,
        real_time: Invoke,
        asynchronous: Invoke | None = None,
        streaming: Invoke | None = None,
        *,
        openai: Invoke | None = None,
    ) -> None:
        ways = {
            "invocations": ("InvokeEndpoint", real_time),
            "async-invocations": ("InvokeEndpointAsync", asynchronous),
            "invocations-response-stream": ("InvokeEndpointWithResponseStream", streaming),
            "openai/v1/chat/completions": ("chat completions", openai),
        }
        self._ways = {path: (name, way) for path, (name, way) in ways.items() if way is not None}
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="invoke-endpoint")

    async def handle_request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        query_params: object,  # noqa: ARG002 - MiniStack hands it to every service; InvokeEndpoint has none
    ) -> Response | Streamed:
        """Answer one HTTP request, as MiniStack hands it to a service."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, self.begin, method, path, headers, body)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one HTTP request; blocks until the container has answered in full."""
        status, answered, content = self.begin(method, path, headers, body)
        return status, answered, content if isinstance(content, bytes) else b"".join(content)

    def begin(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response | Streamed:
        """Answer one HTTP request; blocks until the container has answered, or begun to."""
        try:
            endpoint_name, invoke = self._route(method, path)
            return invoke(endpoint_name, headers, body)
        except FaultError as fault:
            return fault.response()

    def _route(self, method: str, path: str) -> tuple[str, Invoke]:
        match = PATH.fullmatch(path)
        if match is None or method != "POST" or match[2] not in self._ways:
            names = " and ".join(name for name, _ in self._ways.values())
            text = f"The local SageMaker Runtime serves {names} only, not {method} {path}"
            raise FaultError(404, "UnknownOperationException", text)
        return unquote(match[1]), self._ways[match[2]][1]
