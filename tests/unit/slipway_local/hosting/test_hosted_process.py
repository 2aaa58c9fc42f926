"""How long a container is waited for, without waiting."""

from __future__ import annotations

import threading
from http.client import HTTPConnection, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest
from tests.processes import TIMEOUT

from slipway_local.hosting.hosted import HostedProcess
from slipway_local.hosting.process import ContainerProcess
from slipway_local.ports import Invocation


class Silent:
    """A connection whose other end says nothing: its time is up at once, whatever it is."""

    def __init__(self, error: Exception) -> None:
        self.asked: list[tuple[str, str, float]] = []
        self._error = error
        self._timeout = 0.0

    def to(self, host: str, port: int, *, timeout: float) -> HTTPConnection:
        assert (host, port) == ("127.0.0.1", 8080)
        self._timeout = timeout
        return cast("HTTPConnection", self)

    def request(self, method: str, path: str, *_content: Any) -> None:
        self.asked.append((method, path, self._timeout))

    def getresponse(self) -> Any:
        raise self._error

    def close(self) -> None: ...


def hosted(silent: Silent) -> HostedProcess:
    return HostedProcess(cast("ContainerProcess", None), 8080, silent.to)


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(), RemoteDisconnected("closed")])
def test_a_ping_that_is_not_answered_within_two_seconds_is_not_good(error: Exception) -> None:
    silent = Silent(error)

    assert not hosted(silent).ping()
    assert silent.asked == [("GET", "/ping", 2.0)]


def test_an_invocation_is_waited_for_sixty_seconds() -> None:
    silent = Silent(TimeoutError())

    with pytest.raises(TimeoutError):
        hosted(silent).invoke(Invocation(b"1", "text/csv"))
    assert silent.asked == [("POST", "/invocations", 60.0)]


class Slow(BaseHTTPRequestHandler):
    """Writes two chunks, the second when the test has read the first."""

    protocol_version = "HTTP/1.1"
    is_read = threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nfirst\r\n")
        self.wfile.flush()
        if self.is_read.wait(TIMEOUT):
            self.wfile.write(b"6\r\nsecond\r\n0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the test's output clean."""


def test_an_answer_is_read_while_the_container_writes_it() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        container = HostedProcess(cast("ContainerProcess", None), server.server_port)

        answer = container.stream(Invocation(b"1", "text/csv"))
        first = next(answer.chunks)
        Slow.is_read.set()
        rest = b"".join(answer.chunks)
        server.shutdown()

    assert (first, rest) == (b"first", b"second")
    assert (answer.status, answer.content_type) == (200, "text/event-stream")
