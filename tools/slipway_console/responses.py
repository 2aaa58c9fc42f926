"""Responses, and the security headers of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from werkzeug.wrappers import Response

# No content of other origins, nothing inline, no framing; with `require-trusted-types-for` the browser refuses to
# parse a string as HTML.
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


def json_response(content: Any, status: int = 200) -> Response:
    """Return a JSON response; times in ISO 8601, UTC."""
    return Response(json.dumps(content, default=_plain), status=status, content_type="application/json")


def error_response(error: str, message: str, status: int, details: str = "") -> Response:
    """Return an error response: the error's name, its message for the user, and what is shown below it on demand."""
    return json_response({"Error": error, "Message": message, **({"Details": details} if details else {})}, status)


def with_security_headers(response: Response) -> Response:
    """Add the security headers to a response."""
    for name, value in SECURITY_HEADERS.items():
        response.headers[name] = value
    return response


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
