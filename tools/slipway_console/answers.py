"""Answers, and the headers that each of them carries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from werkzeug.wrappers import Response

# Nothing from elsewhere, nothing inline, no page around ours; `require-trusted-types-for` makes the browser itself
# refuse to take a string as HTML.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def json_answer(content: Any, status: int = 200) -> Response:
    """Return an answer of JSON; instants become ISO 8601 in UTC."""
    return Response(json.dumps(content, default=_plain), status=status, content_type="application/json")


def problem(error: str, message: str, status: int) -> Response:
    """Return what went wrong: the error's name, and a sentence or two for the user."""
    return json_answer({"Error": error, "Message": message}, status)


def secured(response: Response) -> Response:
    """Put the security headers on an answer, whatever it is."""
    for name, value in SECURITY_HEADERS.items():
        response.headers[name] = value
    return response


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
