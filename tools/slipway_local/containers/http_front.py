"""What listens on the container's port: HTTP requests handed to a function, each in a thread of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names are as the client wrote them."""

    method: str
    path: str
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """Return a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Reply:
    """One HTTP response. Content-Length is added: the body's, or what was declared of one that breaks off.

    A response with `chunks` has no other body; each is sent as it comes.
    """

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    declared_length: int | None = None
    chunks: Iterator[bytes] | None = None


Answer = Callable[[Request], Reply]


def serve(listener: socket.socket, answer: Answer) -> None:
    """Answer requests until the process ends. `listener` is bound already."""
    server = _Server(listener.getsockname(), answer)
    server.socket.close()
    server.socket = listener
    server.server_activate()
    server.serve_forever()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Answer) -> None:
        super().__init__(address, _Handler, bind_and_activate=False)
        self.answer = answer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over a client that has gone, as a ping that took too long does."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # whatever the method, the model server decides
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        """Leave the log to the model server."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = (
            self._chunks()
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked"
            else self.rfile.read(length)
        )
        reply = self.server.answer(Request(self.command, self.path, body, list(self.headers.items())))
        self._write(reply)

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue
        return body

    def _write(self, reply: Reply) -> None:
        self.send_response_only(reply.status, _phrase(reply.status))
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.chunks is not None:
            self._write_chunks(reply.chunks)
            return
        if reply.status != HTTPStatus.NO_CONTENT:
            length = len(reply.body) if reply.declared_length is None else reply.declared_length
            self.send_header("Content-Length", str(length))
            self.close_connection = self.close_connection or length != len(reply.body)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _write_chunks(self, chunks: Iterator[bytes]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
