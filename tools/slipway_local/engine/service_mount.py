"""Mount a service of ours, or of moto's, in MiniStack."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

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


def mount_service(signing_name: str, target_prefix: str, service: Service, app: Any, router: Any) -> None:
    """Register a service of a JSON protocol: requests come to it by X-Amz-Target, or the name they are signed with."""
    app.SERVICE_REGISTRY[signing_name] = {"module": signing_name}
    app.SERVICE_HANDLERS[signing_name] = service.handle_request
    app._loaded_modules[signing_name] = service
    router.SERVICE_PATTERNS[signing_name] = {"target_prefixes": [target_prefix], "host_patterns": []}
