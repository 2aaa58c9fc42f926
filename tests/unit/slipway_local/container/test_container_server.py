from __future__ import annotations

import io
from typing import Any

import pytest

from slipway_local.container.exchange import Reply, Request
from slipway_local.container.server import application


class Echo:
    def __init__(self) -> None:
        self.requests: list[Request] = []

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply(200, request.body, request.content_type, {"X-Extra": "1"})


def ask(model: Echo, method: str, path: str, body: bytes = b"", **environ: str) -> tuple[str, dict[str, str], bytes]:
    started: list[tuple[str, dict[str, str]]] = []
    request: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO(body), **environ}
    content = b"".join(application(model)(request, lambda status, headers: started.append((status, dict(headers)))))
    return (*started[0], content)


def test_ping_is_good_once_there_is_a_model() -> None:
    model = Echo()

    status, _, body = ask(model, "GET", "/ping")

    assert (status, body, model.requests) == ("200 OK", b"", [])


def test_an_invocation_reaches_the_model_with_its_headers() -> None:
    model = Echo()

    status, headers, body = ask(
        model,
        "POST",
        "/invocations",
        b"1,2",
        CONTENT_TYPE="text/csv",
        HTTP_ACCEPT="text/plain",
        HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES="trace=7",
    )

    assert (status, body) == ("200 OK", b"1,2")
    assert headers == {"X-Extra": "1", "Content-Type": "text/csv", "Content-Length": "3"}
    assert model.requests == [
        Request(
            b"1,2", "text/csv", "text/plain", {"accept": "text/plain", "x-amzn-sagemaker-custom-attributes": "trace=7"}
        )
    ]


def test_a_request_without_a_content_type_is_taken_for_json() -> None:
    model = Echo()

    ask(model, "POST", "/invocations", b"[]")

    assert model.requests[0].content_type == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", "404 Not Found"),
        ("POST", "/models", "404 Not Found"),
        ("GET", "/invocations", "405 Method Not Allowed"),
        ("POST", "/ping", "405 Method Not Allowed"),
    ],
)
def test_anything_else_is_not_in_the_contract(method: str, path: str, status: str) -> None:
    assert ask(Echo(), method, path)[0] == status
