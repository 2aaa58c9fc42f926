"""Authentication: only the browser of the user who started the console, and only the console's own page.

The server has its user's AWS credentials, and every page that the user visits and every user of the machine can send
requests to 127.0.0.1. A request is rejected by:

    Host      must name the console itself, against DNS rebinding
    Origin    must be the console's own where it is sent, and must be sent with every change; Sec-Fetch-Site must agree
    cookie    is set only for the printed address; SameSite=Strict, HttpOnly
    token     is in the page and required for every change and invocation; another page cannot read it
"""

from __future__ import annotations

import secrets
from hmac import compare_digest

from werkzeug.exceptions import Forbidden, MisdirectedRequest
from werkzeug.wrappers import Request, Response

TOKEN_HEADER = "X-Slipway-Token"  # noqa: S105 - the header's name
READING = frozenset({"GET", "HEAD"})
# Sec-Fetch-Site of a request from the page itself, or from the address bar.
OWN_FETCHES = frozenset({"same-origin", "none"})


class Auth:
    """The secrets of one run, and the checks of them."""

    def __init__(self, port: int) -> None:
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._port = port
        self._session = secrets.token_urlsafe()
        self.key = secrets.token_urlsafe()
        self.token = secrets.token_urlsafe()

    @property
    def address(self) -> str:
        """Return the address that opens the console. Anyone who has it can use the console until it ends."""
        return f"http://127.0.0.1:{self._port}/?key={self.key}"

    def check(self, request: Request) -> None:
        """Check that a request is authenticated. Raises `MisdirectedRequest` or `Forbidden`."""
        self.check_sender(request)
        if not _same(request.cookies.get(self._cookie), self._session):
            raise Forbidden("Open the address that `slipway console` printed: it has the key.")
        # Other ports of this host are the same site, so the requests of their pages have the cookie too.
        if request.path != "/" and request.headers.get("Sec-Fetch-Site", "none") not in OWN_FETCHES:
            raise Forbidden("The request was sent by another page.")
        if request.method not in READING:
            self._check_change(request)

    def is_authenticated(self, request: Request) -> bool:
        """Return whether a request is authenticated."""
        try:
            self.check(request)
        except (MisdirectedRequest, Forbidden):
            return False
        return True

    def check_sender(self, request: Request) -> None:
        """Check Host and Origin, before the key is checked. Raises `MisdirectedRequest` or `Forbidden`."""
        if request.headers.get("Host") not in self._hosts:
            raise MisdirectedRequest(f"The console accepts requests to http://127.0.0.1:{self._port} only.")
        origin = request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            raise Forbidden("The request was sent by another page.")

    def has_key(self, request: Request) -> bool:
        """Return whether a request has the key of the printed address."""
        return _same(request.args.get("key"), self.key)

    def set_cookie_of(self, response: Response) -> None:
        """Set the session cookie. Its name has the port, because cookies are shared by the ports of a host."""
        response.set_cookie(self._cookie, self._session, httponly=True, samesite="Strict", path="/")

    @property
    def _cookie(self) -> str:
        return f"slipway-console-{self._port}"

    def _check_change(self, request: Request) -> None:
        if request.headers.get("Origin") is None:
            raise Forbidden("Only the console's own page can change or invoke something.")
        if not _same(request.headers.get(TOKEN_HEADER), self.token):
            raise Forbidden("The page is from an earlier run of the console: load it again.")


def _same(given: str | None, wanted: str) -> bool:
    return given is not None and compare_digest(given.encode(), wanted.encode())
