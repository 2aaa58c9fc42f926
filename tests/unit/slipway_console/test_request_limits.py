"""How large a request's body may be, over a real connection: it depends on who asks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from slipway_console.auth import TOKEN_HEADER, Auth
from slipway_console.files import FOLDER
from slipway_console.request_limits import MAX_BODY, MAX_BODY_UNAUTHENTICATED
from slipway_console.server import listen, serve

RETRY_SECONDS = 10.0  # seconds, for a machine that has more to do


class Served:
    """A server whose application says how large the body was that it got."""

    def __init__(self) -> None:
        self._listener = listen(0)
        self.port = self._listener.getsockname()[1]
        self.auth = Auth(self.port)
        self._server = serve(self._answer, self._listener, self.auth.is_authenticated)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> Served:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._thread.join(RETRY_SECONDS)

    def send(self, body: bytes, **headers: str) -> str:
        """Send a head and a body; return the answer's first line and last."""
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        with socket.create_connection(("127.0.0.1", self.port), RETRY_SECONDS) as client:
            client.sendall(f"PUT /api/archives/ep/m.tar.gz HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode() + body)
            answer = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        return f"{answer.partition(chr(13))[0]}: {answer.rpartition(chr(10))[2]}"

    def own(self) -> dict[str, str]:
        """Return the headers that the page's own requests have."""
        host = f"127.0.0.1:{self.port}"
        cookie = f"slipway-console-{self.port}={self.auth._session}"
        return {"Host": host, "Origin": f"http://{host}", "Cookie": cookie, TOKEN_HEADER: self.auth.token}

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [str(len(body)).encode()]


@pytest.fixture
def served() -> Iterator[Served]:
    with Served() as served:
        yield served


def test_an_authenticated_request_can_upload(served: Served) -> None:
    body = bytes(2 * MAX_BODY_UNAUTHENTICATED)

    assert served.send(body, **served.own(), Content_Length=str(len(body))) == f"HTTP/1.1 200 OK: {len(body)}"


def test_a_small_body_of_any_client_reaches_authentication(served: Served) -> None:
    assert served.send(bytes(100), Host="evil.example", Content_Length="100") == "HTTP/1.1 200 OK: 100"


@pytest.mark.parametrize("missing", ["Host", "Origin", "Cookie", TOKEN_HEADER])
def test_a_large_unauthenticated_body_is_refused_before_it_is_sent(served: Served, missing: str) -> None:
    headers = {name: value for name, value in served.own().items() if name != missing}

    answer = served.send(b"", **headers, Content_Length=str(MAX_BODY_UNAUTHENTICATED + 1))

    assert answer.startswith("HTTP/1.1 413 ")


def test_a_large_unauthenticated_chunked_body_is_refused_at_the_limit(served: Served) -> None:
    chunk = b"%x\r\n%b\r\n" % (MAX_BODY_UNAUTHENTICATED + 1, bytes(MAX_BODY_UNAUTHENTICATED + 1))

    assert served.send(chunk, Host="evil.example", Transfer_Encoding="chunked").startswith("HTTP/1.1 413 ")


def test_the_page_knows_the_largest_upload() -> None:
    assert "const MAX_ARCHIVE = 1024 ** 3;" in (FOLDER / "api.js").read_text(encoding="utf-8")
    assert MAX_BODY == 1024**3


def test_an_upload_is_limited_too(served: Served) -> None:
    answer = served.send(b"", **served.own(), Content_Length=str(MAX_BODY + 1))

    assert answer.startswith("HTTP/1.1 413 ")
