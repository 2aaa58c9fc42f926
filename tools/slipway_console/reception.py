"""What a request may bring, decided by its head: waitress keeps a body, on disk, before the application sees anything.

Only whom the gate lets in may upload a model; for all others a body ends where nothing else would need more.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from werkzeug.wrappers import Request

# Bytes. Larger models take `slipway deploy`.
MAX_BODY = 1024**3
MAX_OF_STRANGERS = 64 * 1024

Admits = Callable[[Request], bool]


def reception(admits: Admits) -> type[HTTPChannel]:
    """Return waitress's channel that takes large bodies only of requests that `admits` says yes to."""

    class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
        adj: Adjustments

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            # One object for all requests holds the limits: this request gets its own.
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = MAX_BODY if admits(self._head()) else MAX_OF_STRANGERS

        def _head(self) -> Request:
            headers = {f"HTTP_{name}": value for name, value in self.headers.items()}
            return Request({"REQUEST_METHOD": self.command, "PATH_INFO": self.path, **headers})

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser

    return Channel
