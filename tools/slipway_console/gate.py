"""Who may ask: the browser of whoever started the console, and no page but its own.

The server has its user's AWS credentials, and every page that the user visits and every user of the machine can send
requests to 127.0.0.1. What keeps them out:

    Host      names the console itself, so that no domain can be rebound to 127.0.0.1 and read from it
    Origin    is the console's own wherever there is one, and there is one wherever something changes; what browsers
              say in Sec-Fetch-Site agrees
    cookie    is set only for the address that the console printed; SameSite=Strict, HttpOnly
    token     is in the page, and goes with whatever changes or invokes something; another page cannot read it
"""

from __future__ import annotations

import secrets
from hmac import compare_digest

from werkzeug.exceptions import Forbidden, MisdirectedRequest
from werkzeug.wrappers import Request, Response

TOKEN_HEADER = "X-Slipway-Token"  # noqa: S105 - the header's name
READING = frozenset({"GET", "HEAD"})
# What a browser says of a request that comes from the page itself, or from the address bar.
OWN_FETCHES = frozenset({"same-origin", "none"})


class Gate:
    """The secrets of one run, and the checks that they stand for."""

    def __init__(self, port: int) -> None:
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._port = port
        self._session = secrets.token_urlsafe()
        self.key = secrets.token_urlsafe()
        self.token = secrets.token_urlsafe()

    @property
    def address(self) -> str:
        """Return the address that opens the console: whoever knows it may use it until the console ends."""
        return f"http://127.0.0.1:{self._port}/?key={self.key}"

    def check(self, request: Request) -> None:
        """Let a request pass. Raises `MisdirectedRequest` or `Forbidden`."""
        self.check_sender(request)
        if not _same(request.cookies.get(self._cookie), self._session):
            raise Forbidden("Open the address that `slipway console` printed: it holds the key.")
        # Other ports of this host count as the same site, whose pages' requests bring the cookie along.
        if request.path != "/" and request.headers.get("Sec-Fetch-Site", "none") not in OWN_FETCHES:
            raise Forbidden("Another page asked for this.")
        if request.method not in READING:
            self._check_change(request)

    def admits(self, request: Request) -> bool:
        """Say whether a request passes."""
        try:
            self.check(request)
        except (MisdirectedRequest, Forbidden):
            return False
        return True

    def check_sender(self, request: Request) -> None:
        """Let a request pass that needs no key. Raises `MisdirectedRequest` or `Forbidden`."""
        if request.headers.get("Host") not in self._hosts:
            raise MisdirectedRequest(f"This is http://127.0.0.1:{self._port} and answers to no other name.")
        origin = request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            raise Forbidden("Another page asked for this.")

    def opens(self, request: Request) -> bool:
        """Say whether a request brings the key of the printed address."""
        return _same(request.args.get("key"), self.key)

    def let_in(self, response: Response) -> None:
        """Give the browser what it shows from now on; each port has its own, because cookies are a host's."""
        response.set_cookie(self._cookie, self._session, httponly=True, samesite="Strict", path="/")

    @property
    def _cookie(self) -> str:
        return f"slipway-console-{self._port}"

    def _check_change(self, request: Request) -> None:
        if request.headers.get("Origin") is None:
            raise Forbidden("Only the console's own page may change or invoke something.")
        if not _same(request.headers.get(TOKEN_HEADER), self.token):
            raise Forbidden("The page is from an earlier run of the console: load it again.")


def _same(given: str | None, wanted: str) -> bool:
    return given is not None and compare_digest(given.encode(), wanted.encode())
