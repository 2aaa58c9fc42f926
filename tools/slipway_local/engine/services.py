"""Services that are mounted in MiniStack: SageMaker with its runtime, and backends of moto's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Protocol

from slipway_local.runtime.errors import Streamed

Response = tuple[int, dict[str, str], bytes]


class Service(Protocol):
    """What MiniStack asks of a service's module."""

    def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Awaitable[Response]:
        """Answer one request."""

    def reset(self) -> None:
        """Forget everything."""

    def get_state(self) -> None:
        """Return nothing to keep."""


def mount_service(
    signing_name: str, target_prefix: str, service: Service, app: Any, router: Any, host_patterns: Sequence[str] = ()
) -> None:
    """Register a service of a JSON protocol: requests come to it by X-Amz-Target, or the name they are signed with."""
    app.SERVICE_REGISTRY[signing_name] = {"module": signing_name}
    app.SERVICE_HANDLERS[signing_name] = service.handle_request
    app._loaded_modules[signing_name] = service
    patterns = {"target_prefixes": [target_prefix], "host_patterns": list(host_patterns)}
    router.SERVICE_PATTERNS[signing_name] = patterns


def integrate(
    stepfunctions: Any, service: str, integration: Mapping[str, str], prefix: str, names: Mapping[str, str]
) -> None:
    """Let Step Functions call a service; `names` are its error codes as workflows match them."""
    stepfunctions._AWS_SDK_SERVICE_MAP[service] = {"protocol": "json", **integration}
    stepfunctions._AWS_SDK_ERROR_PREFIX[service] = prefix
    stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES[service] = names


SERVICE = "sagemaker"  # the signing name of both, which is what MiniStack routes by
TARGET_PREFIX = "SageMaker."
RUNTIME_PATH = "/endpoints/"

# Step Functions names an error of the Java SDK's class: modelled ones by their own name, all others by the service's.
MODELLED = {
    "ResourceLimitExceeded": "ResourceLimitExceededException",
    "ResourceInUse": "ResourceInUseException",
    "ResourceNotFound": "ResourceNotFoundException",
    "ConflictException": "ConflictException",
}
UNMODELLED = (
    "ValidationException",
    "ThrottlingException",
    "AccessDeniedException",
    "InternalFailure",
    "ServiceUnavailable",
    "UnknownOperationException",
)

Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]
Runtime = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response | Streamed]]


@dataclass(frozen=True)
class SageMakerService:
    """A MiniStack service module: one handler for the control plane and the runtime, which sign alike.

    `reset` forgets everything, for POST /_ministack/reset.
    """

    control_plane: Handler
    runtime: Runtime
    reset: Callable[[], None]

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        """Answer one request."""
        if not path.startswith(RUNTIME_PATH):
            return await self.control_plane(method, path, headers, body, query_params)
        status, answered, content = await self.runtime(method, path, headers, body, query_params)
        # MiniStack gives every JSON answer the content type of the control plane's protocol, by a header that it
        # looks up as "Content-Type". What a model answers with is the model's to say; HTTP's names have no case.
        whole = content if isinstance(content, bytes) else _streaming(content)
        return status, {name.lower(): value for name, value in answered.items()}, whole

    def get_state(self) -> None:
        """Return nothing: the local SageMaker does not outlive its process, whose containers end with it."""


def _streaming(chunks: Iterator[bytes]) -> Any:
    """Return MiniStack's body of a response that is sent as it comes."""
    from ministack.core.responses import StreamingResponse  # noqa: PLC0415 - MiniStack reads its environment

    async def run(send: Any, _receive: Any) -> None:
        more = True
        while more:
            chunk = await asyncio.to_thread(next, chunks, b"")
            more = bool(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": more})

    return StreamingResponse(run)


def mount(service: SageMakerService, app: Any, router: Any, stepfunctions: Any) -> None:
    """Register the service with MiniStack's application, its router and its Step Functions."""
    mount_service(SERVICE, TARGET_PREFIX, service, app, router, [r"api\.sagemaker\.", r"runtime\.sagemaker\."])
    names = MODELLED | dict.fromkeys(UNMODELLED, "SageMakerException")
    integrate(stepfunctions, SERVICE, {"target_prefix": TARGET_PREFIX.rstrip(".")}, "SageMaker", names)


class MotoService:
    """Answers with a backend of moto's, by moto's own name for it.

    moto is imported at the first request: that takes seconds, which the engine's start must not.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._lock = Lock()
        self._is_used = False

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        """Answer one request; the work is done in a thread."""
        return await asyncio.to_thread(self._answer, method, path, headers, body, query_params)

    def reset(self) -> None:
        """Forget everything."""
        if self._is_used:
            from moto.backends import get_backend  # noqa: PLC0415 - see above

            for account in get_backend(self._backend).values():
                account.reset()

    def get_state(self) -> None:
        """Return nothing: what moto holds does not outlive the process."""

    def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        with self._lock:  # moto's backends are not made for several threads
            self._is_used = True
            answer = self._client.open(path, method=method, headers=headers, data=body, query_string=query_params)
            return answer.status_code, dict(answer.headers), answer.get_data()

    @cached_property
    def _client(self) -> Any:
        from moto.moto_server.werkzeug_app import create_backend_app  # noqa: PLC0415 - see above
        from werkzeug.test import Client  # noqa: PLC0415

        return Client(create_backend_app(self._backend))
