from __future__ import annotations

import asyncio
from typing import Any

import pytest

from slipway_local.engine.middleware import Message, Receive, Send, loopback_only, with_control_route

Asked = list[tuple[str, str, bytes]]


def routed(scope: dict[str, Any], *chunks: bytes) -> tuple[list[Message], Asked]:
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
    sent, asked = routed({"type": "http", "method": "POST", "path": "/_slipway/sagemaker/faults"}, b'{"a":', b"1}")

    assert asked == [("POST", "/_slipway/sagemaker/faults", b'{"a":1}')]
    assert sent == [
        {"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"application/json")]},
        {"type": "http.response.body", "body": b"{}"},
    ]


def test_a_request_without_a_body_is_one_with_an_empty_body() -> None:
    _, asked = routed({"type": "http", "method": "GET", "path": "/_slipway/sagemaker/settings"})

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
    sent, asked = routed(scope)

    assert sent == [{"type": "ministack", "scope": scope["type"]}]
    assert asked == []


def answered(scope: dict[str, Any]) -> list[Message]:
    """Return what a request is answered; 204 is the stack's own answer."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        sent.append(message)

    async def stack(scope: Message, receive: Receive, send: Send) -> None:
        await send({"status": 204})

    async def request() -> None:
        await loopback_only(stack)(scope, receive, send)

    asyncio.run(request())
    return sent


def status_of(**headers: str) -> int:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {"host": "127.0.0.1:4566", "authorization": "AWS4-HMAC-SHA256 ...", **given}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    return int(answered({"type": "http", "method": "POST", "path": "/", "headers": raw})[0]["status"])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8080"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"host": "rebound.example:4566", "sec_fetch_site": "same-origin"},
        {"host": "rebound.example:4566"},
        {"host": "localhost.evil.example:4566"},
        {"host": "amazonaws.com.evil.example:4566"},
        {"host": "evilamazonaws.com"},
        {"host": "s3.us-east-1.amazonaws.com"},
        {"host": ""},
    ],
)
def test_requests_of_a_web_page_are_refused(headers: dict[str, str]) -> None:
    assert status_of(**headers) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost:4566"},
        {"host": "abc123.execute-api.localhost:4566"},
        {"host": "abc123.execute-api.127.0.0.1:4566"},
        {"host": "my-bucket.s3.us-east-1.localhost:4566"},
        {"host": "[::1]:4566"},
        {"sec_fetch_site": "none"},
    ],
)
def test_requests_of_local_programs_are_answered(headers: dict[str, str]) -> None:
    assert status_of(**headers) == 204


@pytest.mark.parametrize(
    ("path", "query", "host", "status"),
    [
        ("/", b"", b"127.0.0.1:4566", 403),
        ("/bucket/key", b"X-Amz-Credential=test", b"127.0.0.1:4566", 204),
        ("/_slipway/sagemaker/faults", b"", b"127.0.0.1:4566", 204),
        ("/_ministack/health", b"", b"127.0.0.1:4566", 204),
        ("/deployments", b"", b"abc123.execute-api.127.0.0.1:4566", 204),
    ],
)
def test_an_unsigned_request_reaches_what_needs_no_signature_only(
    path: str, query: bytes, host: bytes, status: int
) -> None:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": [(b"host", host)]}

    assert answered(scope)[0]["status"] == status


def test_a_web_pages_socket_is_closed_and_lifespan_events_pass() -> None:
    of_a_page = {"type": "websocket", "headers": [(b"host", b"127.0.0.1"), (b"origin", b"https://evil.example")]}

    assert answered(of_a_page) == [{"type": "websocket.close", "code": 1008}]
    assert answered({"type": "lifespan"}) == [{"status": 204}]
