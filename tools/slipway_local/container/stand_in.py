"""What answers in place of an image that the local stack cannot serve, where the model asks for it by name."""

from __future__ import annotations

import logging

from slipway_local.container.codecs import JSON
from slipway_local.container.exchange import Reply, Request
from slipway_local.container.server import Model
from slipway_local.container.settings import ECHO, STAND_IN, Settings

LOGGER = logging.getLogger(__name__)


class Echo:
    """Answers with what it is asked, in the content type that it is asked in."""

    def answer(self, request: Request) -> Reply:
        """Serve one request."""
        return Reply(200, request.body, request.content_type)


class Always:
    """Answers every request with the same JSON."""

    def __init__(self, document: str) -> None:
        self._document = document.encode()

    def answer(self, request: Request) -> Reply:  # noqa: ARG002 - whatever it is
        """Serve one request."""
        return Reply(200, self._document, JSON)


def load(settings: Settings) -> Model:
    """Return the stand-in that SLIPWAY_STAND_IN names; the log says that it is one."""
    LOGGER.warning("No model is served: a stand-in answers, as %s asks for", STAND_IN)
    return Echo() if settings.stand_in == ECHO else Always(settings.stand_in)
