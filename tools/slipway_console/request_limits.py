"""The limit of a request's body, by its headers: waitress buffers a body on disk before it calls the application.

Authenticated requests can upload a model; the bodies of all others are small.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from werkzeug.wrappers import Request

# Bytes. For larger models use `slipway deploy`.
MAX_BODY = 1024**3
MAX_BODY_UNAUTHENTICATED = 64 * 1024

IsAuthenticated = Callable[[Request], bool]


def limited_channel(is_authenticated: IsAuthenticated) -> type[HTTPChannel]:
    """Return a waitress channel that accepts large bodies only of requests that are authenticated."""

    class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
        adj: Adjustments

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            # All requests share one object with the limits: this request gets a copy.
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = MAX_BODY if is_authenticated(self._head()) else MAX_BODY_UNAUTHENTICATED

        def _head(self) -> Request:
            headers = {f"HTTP_{name}": value for name, value in self.headers.items()}
            return Request({"REQUEST_METHOD": self.command, "PATH_INFO": self.path, **headers})

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser

    return Channel
