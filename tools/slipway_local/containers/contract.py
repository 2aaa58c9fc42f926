"""SageMaker's container contract around one function, for what serves without a model server.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from slipway_local.containers.http_front import Answer, Reply, Request

JSON = "application/json"
ROUTES = {"/ping": "GET", "/invocations": "POST"}


def served(invoke: Answer) -> tuple[Answer, Callable[[], int]]:
    """Return what answers a healthy container's requests, invocations by `invoke`, and what waits for ever."""

    def answer(request: Request) -> Reply:
        if request.path not in ROUTES:
            return said(404, f"A SageMaker container serves /ping and /invocations, not {request.path}")
        if request.method != ROUTES[request.path]:
            return said(405, f"{request.path} takes {ROUTES[request.path]}, not {request.method}")
        return Reply(200, b"", [("Content-Type", JSON)]) if request.path == "/ping" else invoke(request)

    return running(answer)


def running(answer: Answer) -> tuple[Answer, Callable[[], int]]:
    """Return what answers every request, and what waits for ever."""
    forever = threading.Event()
    return answer, lambda: int(forever.wait())


def said(status: int, message: str) -> Reply:
    """Answer with a sentence."""
    return Reply(status, message.encode(), [("Content-Type", "text/plain; charset=utf-8")])


def typed(body: bytes, content_type: str) -> Reply:
    """Answer with 200."""
    return Reply(200, body, [("Content-Type", content_type)])
