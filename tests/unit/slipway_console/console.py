"""The console in one process: its application, a browser that may or may not be let in, and targets made of fakes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.test import Client

from slipway_console.application import View
from slipway_console.auth import TOKEN_HEADER, Auth

PORT = 8642
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"

Headers = Mapping[str, str]


class Connected:
    """A connection that remembers whether it was given up."""

    def __init__(self) -> None:
        self.is_lost = False

    def reset(self) -> None:
        self.is_lost = True


class Target:
    """A target whose clients are fakes."""

    stack, region, endpoint_url = "slipway", "eu-west-1", None
    state_machine_arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:DeployEndpoint"
    model_bucket = "models-of-slipway"
    outputs: Mapping[str, str] = {"DefaultInstanceType": "ml.m5.large"}

    def __init__(self, **clients: Any) -> None:
        self.clients = clients
        self.asked: list[str] = []

    def client(self, service: str) -> Any:
        self.asked.append(service)
        return self.clients.get(service.replace("-", "_"))


class ConnectedTo(Connected):
    """A connection that has found its target."""

    def __init__(self, target: Any) -> None:
        super().__init__()
        self._target = target

    def target(self) -> Any:
        return self._target


def opened(application: Any, auth: Auth) -> Client:
    """Return a browser that has opened the printed address."""
    client = Client(application)
    assert client.get("/", query_string={"key": auth.key}, headers={"Host": HOST}).status_code == 200
    return client


def own(auth: Auth) -> dict[str, str]:
    """Return the headers of a change that the page itself asks for."""
    return {"Host": HOST, "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", TOKEN_HEADER: auth.token}


def views(read: View, change: View) -> dict[tuple[str, str], View]:
    """Return two views: /api/read and /api/change."""
    return {("GET", "/api/read"): read, ("POST", "/api/change"): change}
