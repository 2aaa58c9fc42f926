"""The container contract over HTTP, as a WSGI application.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol

from slipway_local.container.codecs import JSON
from slipway_local.container.exchange import Reply, Request

ROUTES = {"/ping": "GET", "/invocations": "POST"}


class Model(Protocol):
    """What answers invocations."""

    def answer(self, request: Request) -> Reply:
        """Serve one request."""


def application(model: Model) -> Callable[..., Iterable[bytes]]:
    """Return the WSGI application of a model that has been loaded: its ping is always good."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        reply = _reply(model, environ)
        phrase = HTTPStatus(reply.status).phrase
        headers = {
            **reply.headers,
            "Content-Type": reply.content_type,
            "Content-Length": str(len(reply.body)),
        }
        start_response(f"{reply.status} {phrase}", list(headers.items()))
        return [reply.body]

    return serve


def _reply(model: Model, environ: dict[str, Any]) -> Reply:
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if path not in ROUTES:
        return Reply.of_text(404, f"A SageMaker container serves /ping and /invocations, not {path}")
    if method != ROUTES[path]:
        return Reply.of_text(405, f"{path} takes {ROUTES[path]}, not {method}")
    if path == "/ping":
        return Reply(200, b"", JSON)
    return model.answer(_request(environ))


def _request(environ: dict[str, Any]) -> Request:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    return Request(
        body=environ["wsgi.input"].read(),
        # The images' default where the client named none.
        content_type=environ.get("CONTENT_TYPE") or JSON,
        accept=headers.get("accept", ""),
        headers=headers,
    )
