"""No page in a browser may use the local stack, whatever it tries."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from slipway_local.engine.middleware import Message, Receive, Send, loopback_only


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
    named = {"host": "127.0.0.1:4566", **{name.replace("_", "-"): value for name, value in headers.items()}}
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
        {"host": ""},
    ],
)
def test_what_a_page_asks_is_refused(headers: dict[str, str]) -> None:
    assert status_of(**headers) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost:4566"},
        {"host": "abc123.execute-api.localhost:4566"},
        {"host": "abc123.execute-api.127.0.0.1:4566"},
        {"host": "my-bucket.s3.us-east-1.localhost:4566"},
        {"host": "abc123.execute-api.us-east-1.amazonaws.com"},
        {"host": "[::1]:4566"},
        {"sec_fetch_site": "none"},
    ],
)
def test_programs_of_this_machine_are_answered(headers: dict[str, str]) -> None:
    assert status_of(**headers) == 204


def test_a_socket_of_a_page_is_closed_and_the_servers_own_life_is_left_alone() -> None:
    of_a_page = {"type": "websocket", "headers": [(b"host", b"127.0.0.1"), (b"origin", b"https://evil.example")]}

    assert answered(of_a_page) == [{"type": "websocket.close", "code": 1008}]
    assert answered({"type": "lifespan"}) == [{"status": 204}]
