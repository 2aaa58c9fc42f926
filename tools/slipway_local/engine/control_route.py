"""The engine's own route, `/_slipway/...`, in front of MiniStack's application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

PREFIX = "/_slipway/"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Control = Callable[[str, str, bytes], Awaitable[tuple[int, dict[str, str], bytes]]]


def with_control_route(application: Application, control: Control) -> Application:
    """Return an ASGI application that answers `/_slipway/` through `control` and leaves the rest to `application`."""

    async def routed(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await application(scope, receive, send)
            return
        status, headers, body = await control(scope["method"], scope["path"], await _body(receive))
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    return routed


async def _body(receive: Receive) -> bytes:
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)
