"""The bearer tokens of SageMaker's path for OpenAI's clients, which stand for a signature.

A token is a presigned request of CallWithBearerToken in base64, as `sagemaker.core.token_generator` writes it. The
engine reads the credential from it, so that IAM knows the principal; like that of any request, its signature is not
verified.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from slipway_local.engine.middleware import Application, Message, Receive, Send

PATH = re.compile(r"/endpoints/[^/]+/openai/v1/.*")
BEARER = b"Bearer "
PREFIX = "sagemaker-api-key-"
ACTION = "CallWithBearerToken"
REFUSED = {"__type": "AccessDeniedException", "message": "The bearer token is invalid or has expired."}


class TokenRefused(Exception):
    """The token is none of CallWithBearerToken, or its time is over."""


def with_bearer_tokens(application: Application) -> Application:
    """Return an ASGI application to which requests with a bearer token come signed."""

    async def signed(scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        token = headers.get(b"authorization", b"")
        if scope["type"] != "http" or not PATH.fullmatch(scope["path"]) or not token.startswith(BEARER):
            await application(scope, receive, send)
            return
        try:
            headers |= signature_of(token.removeprefix(BEARER).decode(), datetime.now(UTC))
        except TokenRefused:
            await send(
                {"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"application/json")]}
            )
            await send({"type": "http.response.body", "body": json.dumps(REFUSED).encode()})
            return
        await application({**scope, "headers": list(headers.items())}, receive, send)

    return signed


def signature_of(token: str, now: datetime) -> dict[bytes, bytes]:
    """Return the headers that a signed request has in place of a token. Raises `TokenRefused`."""
    try:
        url = base64.b64decode(token.removeprefix(PREFIX), validate=True).decode()
        query = {name: values[0] for name, values in parse_qs(urlsplit(f"https://{url}").query).items()}
        begun = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        is_current = begun <= now + timedelta(minutes=5) and now < begun + timedelta(
            seconds=int(query["X-Amz-Expires"])
        )
        credential, signature = query["X-Amz-Credential"], query["X-Amz-Signature"]
    except (binascii.Error, UnicodeDecodeError, KeyError, ValueError) as broken:
        raise TokenRefused from broken
    if query.get("Action") != ACTION or not token.startswith(PREFIX) or not is_current:
        raise TokenRefused
    signed = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={signature}"
    session = (
        {b"x-amz-security-token": query["X-Amz-Security-Token"].encode()} if "X-Amz-Security-Token" in query else {}
    )
    return {b"authorization": signed.encode(), **session}
