"""A backend of moto's as a service of MiniStack: for what MiniStack lacks and nothing here depends on in detail.

mount_service("application-autoscaling", "AnyScaleFrontendService.", MotoService("application-autoscaling"), ...)
"""

from __future__ import annotations

import asyncio
from functools import cached_property
from threading import Lock
from typing import Any

Response = tuple[int, dict[str, str], bytes]


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
