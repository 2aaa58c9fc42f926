from __future__ import annotations

import logging
from types import ModuleType
from typing import Any

import pytest

from slipway_local.container.exchange import Reply, Request
from slipway_local.container.script import script_of
from slipway_local.container.transformer import Transformer


def answer(request: Request, **functions: Any) -> Reply:
    module = ModuleType("inference")
    vars(module).update({"model_fn": lambda model_dir: f"model of {model_dir}", **functions})
    return Transformer(script_of(module), "/model", "application/json").answer(request)


def test_the_functions_run_in_turn() -> None:
    reply = answer(
        Request(b"data", "text/csv", "text/plain"),
        input_fn=lambda body, content_type: [body, content_type],
        predict_fn=lambda data, model: [*data, model],
        output_fn=lambda prediction, accept: " | ".join([*prediction, accept]),
    )

    assert reply == Reply(200, b"data | text/csv | model of /model | text/plain", "text/plain")


def test_transform_fn_does_it_all() -> None:
    reply = answer(
        Request(b"\x00", "image/jpeg", ""),
        transform_fn=lambda model, body, content_type, accept: (repr([model, body, content_type, accept]), "a/b"),
    )

    assert reply.content_type == "a/b"
    assert reply.body == b"['model of /model', b'\\x00', 'image/jpeg', 'application/json']"


@pytest.mark.parametrize("accept", ["", "*/*"])
def test_accepting_anything_gets_the_default_type(accept: str) -> None:
    reply = answer(Request(b"[1]", "application/json", accept), predict_fn=lambda data, model: data)

    assert reply == Reply(200, b"[1]", "application/json")


def test_bytes_are_answered_as_they_are() -> None:
    picture = b"\x89PNG\xff"

    reply = answer(
        Request(b"", "image/png", "image/png"), transform_fn=lambda model, body, content_type, accept: picture
    )

    assert reply.body == picture


def test_the_context_carries_headers_both_ways() -> None:
    def output_fn(prediction: object, accept: str, context: Any) -> str:
        context.set_response_header(0, "X-Seen", context.get_request_header(0, "X-Trace"))
        return str(sorted(context.get_all_request_header(0)) + sorted(context.system_properties.items()))

    reply = answer(
        Request(b"[]", "application/json", "text/plain", {"x-trace": "7"}),
        predict_fn=lambda data, model: data,
        output_fn=output_fn,
    )

    assert reply.headers == {"X-Seen": "7"}
    assert reply.body == b"['x-trace', ('model_dir', '/model')]"


@pytest.mark.parametrize(
    ("request_", "status"),
    [(Request(b"", "image/png", "application/json"), 415), (Request(b"[]", "application/json", "image/png"), 406)],
)
def test_an_unsupported_type_is_named(request_: Request, status: int) -> None:
    reply = answer(request_, predict_fn=lambda data, model: data)

    assert reply.status == status
    assert reply.body.startswith(b"Content type image/png is not supported")


@pytest.mark.parametrize(
    ("error", "message"), [(ValueError("no such feature"), b"no such feature"), (KeyError(), b"KeyError")]
)
def test_an_exception_is_answered_with_its_message_and_logged_with_its_traceback(
    error: Exception, message: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def predict_fn(data: object, model: object) -> None:
        raise error

    with caplog.at_level(logging.ERROR):
        reply = answer(Request(b"[]", "application/json", ""), predict_fn=predict_fn)

    assert (reply.status, reply.body) == (500, message)
    assert "in predict_fn" in caplog.text


def test_a_body_that_does_not_parse_is_the_scripts_error_as_on_aws() -> None:
    reply = answer(Request(b"[1,", "application/json", ""), predict_fn=lambda data, model: data)

    assert reply.status == 500
    assert reply.body.startswith(b"Expecting value")
