"""The handlers of the HTTP API: path parameters in, status and JSON out."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

import pytest

from show_endpoint import app
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Handler, http_handler
from slipway.errors import AccessDenied, NotFound, ServiceThrottled, SlipwayError
from tests.fakes.services import FakeServices

REQUEST = {"version": "2.0", "routeKey": "GET /endpoints/{name}", "pathParameters": {"name": "digits"}}


def ending(end: Mapping[str, Any] | Exception) -> Handler:
    def step(parameters: Mapping[str, str], services: Services) -> Mapping[str, Any]:
        if isinstance(end, Exception):
            raise end
        return {**end, **parameters}

    return http_handler(step, FakeServices)


def test_what_a_step_returns_is_answered_as_json(context: Any) -> None:
    answer = ending({"EndpointStatus": "InService"})(REQUEST, context)

    assert (answer["statusCode"], answer["headers"]) == (200, {"Content-Type": "application/json"})
    assert json.loads(answer["body"]) == {"EndpointStatus": "InService", "name": "digits"}


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotFound("There is none."), 404), (ServiceThrottled("Rate exceeded"), 503), (AccessDenied("No."), 400)],
)
def test_a_slipway_error_is_answered_with_its_name_and_message(error: SlipwayError, status: int, context: Any) -> None:
    answer = ending(error)(REQUEST, context)

    assert answer["statusCode"] == status
    assert json.loads(answer["body"]) == {"Error": type(error).__name__, "Message": str(error)}


def test_a_bug_is_counted_and_leaves(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        ending(ZeroDivisionError())(REQUEST, context)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["Crashes"] for line in lines if "_aws" in line] == [[1.0]]


def test_an_unknown_endpoint_is_answered_with_404(context: Any) -> None:
    answer = http_handler(inspect.unwrap(app.handler), FakeServices)(REQUEST, context)

    assert answer["statusCode"] == 404
