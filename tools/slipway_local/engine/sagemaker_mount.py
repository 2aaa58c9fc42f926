"""Mount our SageMaker, control plane and runtime, as a service of MiniStack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

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

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]


class Resettable(Protocol):
    """What holds state that MiniStack's reset wipes."""

    def reset(self) -> None:
        """Forget everything."""


class SageMakerService:
    """A MiniStack service module: one handler for the control plane and the runtime, which sign alike."""

    def __init__(self, control_plane: Handler, runtime: Handler, state: Resettable) -> None:
        self._control_plane = control_plane
        self._runtime = runtime
        self._state = state

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        """Answer one request."""
        if not path.startswith(RUNTIME_PATH):
            return await self._control_plane(method, path, headers, body, query_params)
        status, answered, content = await self._runtime(method, path, headers, body, query_params)
        # MiniStack gives every JSON answer the content type of the control plane's protocol, by a header that it
        # looks up as "Content-Type". What a model answers with is the model's to say; HTTP's names have no case.
        return status, {name.lower(): value for name, value in answered.items()}, content

    def reset(self) -> None:
        """Forget everything, for POST /_ministack/reset."""
        self._state.reset()

    def get_state(self) -> None:
        """Return nothing: the local SageMaker does not outlive its process, whose containers end with it."""


def mount(service: SageMakerService, app: Any, router: Any, stepfunctions: Any) -> None:
    """Register the service with MiniStack's application, its router and its Step Functions."""
    app.SERVICE_REGISTRY[SERVICE] = {"module": SERVICE}
    app.SERVICE_HANDLERS[SERVICE] = service.handle_request
    app._loaded_modules[SERVICE] = service
    router.SERVICE_PATTERNS[SERVICE] = {
        "target_prefixes": [TARGET_PREFIX],
        "host_patterns": [r"api\.sagemaker\.", r"runtime\.sagemaker\."],
    }
    stepfunctions._AWS_SDK_SERVICE_MAP[SERVICE] = {"target_prefix": "SageMaker", "protocol": "json"}
    stepfunctions._AWS_SDK_ERROR_PREFIX[SERVICE] = "SageMaker"
    names = MODELLED | dict.fromkeys(UNMODELLED, "SageMakerException")
    stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES[SERVICE] = names
