"""ASGI middleware in front of MiniStack's application: requests from this machine only, and the route `/_slipway/`.

MiniStack lets pages of every origin read and write (it answers each preflight with `*`), and anyone who can create a
Lambda function can run code. AWS clients are no browsers: they send no Origin, and name the address they connect to.
"""

from __future__ import annotations

import json
import re
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


# This machine's names; another name was rebound to this address. An HTTP API's own is <id>.execute-api.127.0.0.1, which
# no browser takes for a name: one that ends in a number is an address.
OWN_HOST = re.compile(rb"(?:(?:[a-z0-9.-]+\.)?(?:localhost|127\.0\.0\.1)|\[::1\])(?::\d+)?", re.IGNORECASE)
# What is asked without a signature: the engine's own routes. HTTP APIs have authorizers of their own.
UNSIGNED_PATHS = (PREFIX, "/_ministack/")
API_HOST = b".execute-api."
SIGNATURES = (b"X-Amz-Credential=", b"AWSAccessKeyId=")  # of a presigned URL
# What a browser says of a request that the user made in the address bar; nothing is said by what is no browser.
OWN_FETCH = (b"", b"none")
FROM_A_PAGE = "Web pages may not use the local stack."
UNSIGNED = "Request is missing Authentication Token"


def loopback_only(application: Application) -> Application:
    """Return an ASGI application that refuses, with 403, pages in a browser, other hosts and unsigned requests."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        refused_with = None if scope["type"] == "lifespan" else _refusal(scope)
        if refused_with is None:
            await application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            code, message = refused_with
            headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", code.encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send(
                {"type": "http.response.body", "body": json.dumps({"__type": code, "message": message}).encode()}
            )

    return guarded


def _refusal(scope: Message) -> tuple[str, str] | None:
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"")
    from_a_page = b"origin" in headers or headers.get(b"sec-fetch-site", b"") not in OWN_FETCH
    if from_a_page or OWN_HOST.fullmatch(host) is None:
        return "AccessDeniedException", FROM_A_PAGE
    is_signed = b"authorization" in headers or any(name in scope.get("query_string", b"") for name in SIGNATURES)
    is_open = scope.get("path", "").startswith(UNSIGNED_PATHS) or API_HOST in host
    return None if is_signed or is_open else ("MissingAuthenticationTokenException", UNSIGNED)
