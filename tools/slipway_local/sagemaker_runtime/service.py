"""The SageMaker Runtime service."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import unquote

from slipway_local.sagemaker_runtime.faults import FaultError, Response

PATH = re.compile(r"/endpoints/([^/]*)/(invocations|async-invocations)")
# An invocation may block for 60 s; threads of their own keep it from starving the rest of the engine.
WORKERS = 64


class Inference(Protocol):
    """One way to invoke an endpoint."""

    def invoke(self, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one request. Raises `FaultError`."""


class SageMakerRuntime:
    """Answers InvokeEndpoint and, where there is a way to, InvokeEndpointAsync."""

    def __init__(self, real_time: Inference, asynchronous: Inference | None = None) -> None:
        self._ways = {"invocations": real_time, "async-invocations": asynchronous}
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
        try:
            endpoint_name, inference = self._route(method, path)
            return inference.invoke(endpoint_name, headers, body)
        except FaultError as fault:
            return fault.response()

    def _route(self, method: str, path: str) -> tuple[str, Inference]:
        match = PATH.fullmatch(path)
        inference = self._ways[match[2]] if match and method == "POST" else None
        if match is None or inference is None:
            ways = "InvokeEndpoint" + (" and InvokeEndpointAsync" if self._ways["async-invocations"] else "")
            text = f"The local SageMaker Runtime serves {ways} only, not {method} {path}"
            raise FaultError(404, "UnknownOperationException", text)
        return unquote(match[1]), inference
