"""The containers' HTTP front, over a real socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

import pytest
from tests.processes import TIMEOUT

from slipway_local.containers.contract import served, typed
from slipway_local.containers.http_front import Answer, Reply, Request, serve

Ask = Callable[..., tuple[HTTPResponse, bytes]]


def opened(answer: Answer) -> HTTPConnection:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
    return HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)


def front(answer: Answer) -> Ask:
    connection = opened(answer)

    def ask(method: str, path: str, body: object = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        connection.request(method, path, body, headers)  # type: ignore[arg-type]
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    return ask


def test_a_request_is_handed_on_with_its_headers_and_the_reply_comes_back() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Reply:
        seen.append(request)
        return Reply(418, b"short", [("X-Extra", "1")])

    response, body = front(answer)("POST", "/invocations", b"1,2", **{"X-Trace": "7"})

    assert (response.status, response.headers["X-Extra"], body) == (418, "1", b"short")
    assert (seen[0].method, seen[0].path, seen[0].body, seen[0].header("x-trace")) == (
        "POST",
        "/invocations",
        b"1,2",
        "7",
    )


def test_a_body_in_chunks_is_put_together() -> None:
    _, body = front(lambda request: Reply(200, request.body))("POST", "/", iter([b"one ", b"two"]))

    assert body == b"one two"


def test_a_status_without_a_body_has_none() -> None:
    response, body = front(lambda _: Reply(204))("POST", "/")

    assert (response.status, body, response.headers["Content-Length"]) == (204, b"", None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/ping", 200), ("POST", "/invocations", 200), ("GET", "/invocations", 405), ("GET", "/elsewhere", 404)],
)
def test_the_contract_has_two_routes(method: str, path: str, status: int) -> None:
    answer, _ = served(lambda request: typed(request.body, "text/csv"))

    assert answer(Request(method, path)).status == status


def test_a_body_in_chunks_is_sent_as_it_comes() -> None:
    go_on = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield b"one "
        assert go_on.wait(TIMEOUT)
        yield b"two"

    with closing(opened(lambda _: Reply(200, headers=[("Content-Type", "text/plain")], chunks=chunks()))) as connection:
        connection.request("POST", "/")
        response = connection.getresponse()
        assert response.read1(100) == b"one "
        go_on.set()
        assert response.read() == b"two"
        assert response.headers["Content-Type"] == "text/plain"
