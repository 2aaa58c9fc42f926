from __future__ import annotations

import asyncio
from typing import Any

import pytest

from slipway_local.engine.middleware import Message, Receive, Send, with_control_route

Asked = list[tuple[str, str, bytes]]


def ask(scope: dict[str, Any], *chunks: bytes) -> tuple[list[Message], Asked]:
    """Send one request to the routed application; return what it sent, and what the control was asked."""
    sent: list[Message] = []
    asked: Asked = []
    bodies = [{"body": chunk, "more_body": index < len(chunks) - 1} for index, chunk in enumerate(chunks)] or [{}]

    async def receive() -> Message:
        return bodies.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def ministack(scope: Message, receive: Receive, send: Send) -> None:
        await send({"type": "ministack", "scope": scope["type"]})

    async def control(method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        asked.append((method, path, body))
        return 201, {"Content-Type": "application/json"}, b"{}"

    async def request() -> None:
        await with_control_route(ministack, control)(scope, receive, send)

    asyncio.run(request())
    return sent, asked


def test_a_request_under_the_prefix_is_the_controls() -> None:
    sent, asked = ask({"type": "http", "method": "POST", "path": "/_slipway/sagemaker/faults"}, b'{"a":', b"1}")

    assert asked == [("POST", "/_slipway/sagemaker/faults", b'{"a":1}')]
    assert sent == [
        {"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"application/json")]},
        {"type": "http.response.body", "body": b"{}"},
    ]


def test_a_request_without_a_body_is_one_with_an_empty_body() -> None:
    _, asked = ask({"type": "http", "method": "GET", "path": "/_slipway/sagemaker/settings"})

    assert asked == [("GET", "/_slipway/sagemaker/settings", b"")]


@pytest.mark.parametrize(
    "scope",
    [
        {"type": "http", "method": "POST", "path": "/"},
        {"type": "http", "method": "GET", "path": "/_slipway"},
        {"type": "http", "method": "GET", "path": "/bucket/_slipway/key"},
        {"type": "lifespan"},
        {"type": "websocket", "path": "/_slipway/"},
    ],
)
def test_everything_else_is_ministacks(scope: dict[str, Any]) -> None:
    sent, asked = ask(scope)

    assert sent == [{"type": "ministack", "scope": scope["type"]}]
    assert asked == []
