"""The views of endpoints, and their invocation."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from werkzeug.wrappers import Request

from slipway.cleanup.aws import Boto3CloudWatch
from slipway.prices import load_prices
from slipway_cli.output.endpoint_json import endpoint_json
from slipway_cli.sdk.endpoints import Endpoint, describe_endpoint, list_endpoints
from slipway_cli.sdk.invoke import Answer, boxes_in, invoke
from slipway_console.connection import Connection
from slipway_console.last_used import LastUse, LastUses

Rows = list[dict[str, Any]]  # here, because `list` is a method below


class Endpoints:
    """The endpoints of the stack, one of them, and its responses."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._prices = load_prices()
        self._last_uses = LastUses()

    def list(self, _request: Request) -> dict[str, Any]:
        """Return the endpoints of the stack, and the region and date of the prices."""
        found = self._fields(list_endpoints(self._connection.target()))
        return {"Endpoints": found, "Prices": self._prices.as_of}

    def show(self, _request: Request, name: str) -> dict[str, Any]:
        """Return an endpoint. Raises `EndpointNotFound`."""
        return self._fields([describe_endpoint(self._connection.target(), name)])[0]

    def invoke(self, request: Request, name: str) -> dict[str, Any]:
        """Send the request's body to an endpoint. Raises `PayloadTooLarge` or `InvocationFailed`."""
        content_type = request.headers.get("Content-Type", "application/octet-stream")
        answer = invoke(self._connection.target(), name, request.get_data(), content_type)
        self._last_uses.forget(name)
        return answer_fields(answer.body, answer.content_type, answer.variant, answer.milliseconds)

    def _fields(self, endpoints: Sequence[Endpoint]) -> Rows:
        uses = self._last_uses.of(endpoints, Boto3CloudWatch(self._connection.target().client("cloudwatch")))
        return [{**endpoint_json(one, self._prices), "Use": _use(uses.get(one.name))} for one in endpoints]


def _use(use: LastUse | None) -> dict[str, Any] | None:
    if use is None:
        return None
    return {"IsUsed": use.is_used, "Since": use.since, "OrEarlier": use.or_earlier, "Reason": use.reason}


def answer_fields(body: bytes, content_type: str, variant: str, milliseconds: float) -> dict[str, Any]:
    """Return an answer for the page. Within JSON it stays data: no browser is given it as a document."""
    answer = Answer(body, content_type, variant, milliseconds)
    try:
        content = {"Text": body.decode("utf-8")}
    except UnicodeDecodeError:
        content = {"Base64": b64encode(body).decode("ascii")}
    boxes = boxes_in(answer.document)
    return {
        **content,
        "ContentType": content_type,
        "Variant": variant,
        "Milliseconds": milliseconds,
        "Boxes": None if boxes is None else [vars(box) for box in boxes],
    }
