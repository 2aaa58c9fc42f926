"""The console as a WSGI application: the page, its files, and what it asks for under /api/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from slipway.errors import SlipwayError
from slipway_cli.sdk.errors import Unreachable
from slipway_cli.sdk.sdk_errors import refusal
from slipway_console.answers import json_answer, problem, secured
from slipway_console.files import file_answer, page
from slipway_console.gate import Gate

REFUSED, UNREACHABLE = 422, 502

# Takes the request and what its address names; returns what becomes JSON. Raises a `SlipwayError`.
View = Callable[..., Any]


class Losable(Protocol):
    """What the views are connected to."""

    def forget(self) -> None:
        """Connect anew next time."""


class Application:
    """Answers what the gate lets pass; nothing that goes wrong with AWS gets past it as anything but words."""

    def __init__(self, gate: Gate, connection: Losable, views: Mapping[tuple[str, str], View]) -> None:
        self._gate = gate
        self._connection = connection
        self._views = views
        self._map = Map(
            [
                Rule("/", endpoint="page", methods=["GET"]),
                Rule("/static/<name>", endpoint="file", methods=["GET"]),
                *(Rule(path, endpoint=(method, path), methods=[method]) for method, path in views),
            ],
            strict_slashes=False,
            merge_slashes=False,
            redirect_defaults=False,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        request = Request(environ)
        return secured(self._answer(request))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            return self._routed(request)
        except HTTPException as refused:
            return problem(refused.name, refused.description or refused.name, refused.code or REFUSED)
        except SlipwayError as error:
            return self._problem(error)
        except (BotoCoreError, ClientError) as error:
            return self._problem(refusal(error))

    def _routed(self, request: Request) -> Response:
        # Who asks is looked at before what is asked for.
        self._gate.check_sender(request)
        if request.path == "/" and self._gate.opens(request):
            answer = page(self._gate.token)
            self._gate.let_in(answer)
            return answer
        self._gate.check(request)
        endpoint, arguments = self._map.bind_to_environ(request.environ).match()
        if endpoint == "page":
            return page(self._gate.token)
        if endpoint == "file":
            return file_answer(arguments["name"])
        return json_answer(self._views[endpoint](request, **arguments))

    def _problem(self, error: SlipwayError) -> Response:
        if isinstance(error, Unreachable):
            self._connection.forget()
        return problem(type(error).__name__, str(error), UNREACHABLE if isinstance(error, Unreachable) else REFUSED)
