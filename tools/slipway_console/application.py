"""The console as a WSGI application: the page, its files, and the API under /api/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from slipway.errors import SlipwayError
from slipway_cli.sdk.errors import Unreachable, notes_of
from slipway_cli.sdk.sdk_errors import refusal
from slipway_console.auth import Auth
from slipway_console.files import file_response, page
from slipway_console.responses import error_response, json_response, with_security_headers

REFUSED, UNREACHABLE = 422, 502

# Takes the request and the variables of its path; returns a value for JSON. Raises a `SlipwayError`.
View = Callable[..., Any]


class Application:
    """Answers authenticated requests; an error of AWS becomes a JSON body with a name and a message."""

    def __init__(self, auth: Auth, reset_connection: Callable[[], None], views: Mapping[tuple[str, str], View]) -> None:
        self._auth = auth
        self._reset_connection = reset_connection
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
        """Answer one request (WSGI)."""
        request = Request(environ)
        return with_security_headers(self._answer(request))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            return self._routed(request)
        except HTTPException as refused:
            return error_response(refused.name, refused.description or refused.name, refused.code or REFUSED)
        except SlipwayError as error:
            return self._problem(error)
        except (BotoCoreError, ClientError) as error:
            return self._problem(refusal(error))

    def _routed(self, request: Request) -> Response:
        # The sender is checked before the path.
        self._auth.check_sender(request)
        if request.path == "/" and self._auth.has_key(request):
            answer = page(self._auth.token)
            self._auth.set_cookie_of(answer)
            return answer
        self._auth.check(request)
        endpoint, arguments = self._map.bind_to_environ(request.environ).match()
        if endpoint == "page":
            return page(self._auth.token)
        if endpoint == "file":
            return file_response(arguments["name"])
        return json_response(self._views[endpoint](request, **arguments))

    def _problem(self, error: SlipwayError) -> Response:
        if isinstance(error, Unreachable):
            self._reset_connection()
        status = UNREACHABLE if isinstance(error, Unreachable) else REFUSED
        return error_response(type(error).__name__, str(error), status, notes_of(error))
