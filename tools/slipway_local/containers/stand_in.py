"""What answers in place of an image that the local stack cannot serve, where the model asks for it by name."""

from __future__ import annotations

import os
from collections.abc import Callable

from slipway_local.containers.contract import JSON, served, typed
from slipway_local.containers.http_front import Answer, Reply, Request
from slipway_local.containers.settings import ECHO, STAND_IN


def start() -> tuple[Answer, Callable[[], int]]:
    """Return the stand-in that SLIPWAY_STAND_IN names."""
    document = os.environ.get(STAND_IN, ECHO)
    return served(echo if document == ECHO else lambda _: typed(document.encode(), JSON))


def echo(request: Request) -> Reply:
    """Answer with the request's body, in its content type."""
    return typed(request.body, request.header("Content-Type") or JSON)
