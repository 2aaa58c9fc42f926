"""What the auth lets pass, and the headers on whatever is answered."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from slipway.errors import FieldInvalid
from slipway_cli.sdk.errors import StackNotFound
from slipway_console.application import Application
from slipway_console.auth import TOKEN_HEADER, Auth
from slipway_console.responses import SECURITY_HEADERS
from tests.unit.slipway_console.console import HOST, ORIGIN, PORT, Connected, opened, own, views


class Console:
    """The application with two views that count."""

    def __init__(self, error: Exception | None = None) -> None:
        self.auth = Auth(PORT)
        self.connected = Connected()
        self.changes = 0
        self._error = error
        self.application = Application(self.auth, self.connected.reset, views(self._read, self._change))

    def _read(self, _request: Any) -> dict[str, str]:
        if self._error:
            raise self._error
        return {"Secret": "<b>"}

    def _change(self, _request: Any) -> dict[str, str]:
        self.changes += 1
        return {}


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def browser(console: Console) -> Client:
    return opened(console.application, console.auth)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_the_printed_address_authenticates_a_browser(console: Console) -> None:
    # Given a browser that does not know the address
    browser = Client(console.application)
    assert browser.get("/", headers={"Host": HOST}).status_code == 403
    assert browser.get("/", query_string={"key": "guessed"}, headers={"Host": HOST}).status_code == 403
    assert browser.get("/api/read", headers={"Host": HOST}).status_code == 403

    # When it opens the address
    answer = browser.get(console.auth.address.removeprefix(ORIGIN), headers={"Host": HOST})

    # Then it has the page with its token, and a cookie that no script and no other site can use
    assert console.auth.token in text(answer)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert console.auth.key not in cookie
    assert browser.get("/api/read", headers={"Host": HOST}).get_json() == {"Secret": "<b>"}


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.nip.io:{PORT}", ""]
)
def test_a_rebound_host_name_is_refused(browser: Client, console: Console, host: str) -> None:
    for path in ("/", f"/?key={console.auth.key}", "/api/read", "/static/main.js"):
        answer = browser.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert console.auth.token not in text(answer)
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", f"https://{HOST}", "http://127.0.0.1:1", ORIGIN + "/"]
)
def test_requests_of_another_origin_are_refused(browser: Client, console: Console, origin: str) -> None:
    assert browser.get("/api/read", headers={"Host": HOST, "Origin": origin}).status_code == 403
    assert browser.post("/api/change", headers={**own(console.auth), "Origin": origin}).status_code == 403
    assert console.changes == 0


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_cross_site_request_without_origin_is_refused(browser: Client, site: str) -> None:
    assert browser.get("/api/read", headers={"Host": HOST, "Sec-Fetch-Site": site}).status_code == 403


@pytest.mark.parametrize("missing", ["Origin", TOKEN_HEADER])
def test_a_change_needs_both_origin_and_token(browser: Client, console: Console, missing: str) -> None:
    headers = own(console.auth)
    del headers[missing]

    assert browser.post("/api/change", headers=headers).status_code == 403
    assert console.changes == 0
    assert browser.post("/api/change", headers=own(console.auth)).status_code == 200
    assert console.changes == 1


def test_a_token_without_the_cookie_is_refused(console: Console) -> None:
    assert Client(console.application).post("/api/change", headers=own(console.auth)).status_code == 403
    assert console.changes == 0


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_a_guessed_token_is_refused(guess: str) -> None:
    console = Console()
    browser = opened(console.application, console.auth)
    headers = {**own(console.auth), TOKEN_HEADER: guess}
    assert browser.post("/api/change", headers=headers).status_code == 403


def test_two_runs_have_different_secrets() -> None:
    one, other = Auth(PORT), Auth(PORT)
    assert len({one.key, one.token, other.key, other.token}) == 4
    assert min(map(len, (one.key, one.token))) >= 40


@pytest.mark.parametrize("path", ["/", "/api/read", "/api/nothing", "/static/main.js", "/static/nothing.js"])
def test_every_answer_has_the_security_headers(browser: Client, path: str) -> None:
    for host in (HOST, "evil.example"):
        answer = browser.get(path, headers={"Host": host})
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert "default-src 'self'" in SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["../auth.py", "..%2fauth.py", "index.html", "%2e%2e/__init__.py", ".."])
def test_only_static_files_are_served(browser: Client, name: str) -> None:
    assert browser.get(f"/static/{name}", headers={"Host": HOST}).status_code in (404, 405)


def test_files_have_their_types(browser: Client) -> None:
    found = {
        name: browser.get(f"/static/{name}", headers={"Host": HOST}) for name in ("main.js", "style.css", "icon.svg")
    }
    assert {name: answer.mimetype for name, answer in found.items()} == {
        "main.js": "text/javascript",
        "style.css": "text/css",
        "icon.svg": "image/svg+xml",
    }


def denied() -> ClientError:
    error = {"Error": {"Code": "ExpiredToken", "Message": "The security token has expired"}}
    return ClientError(error, "ListEndpoints")


@pytest.mark.parametrize(
    ("error", "status", "name", "words", "is_lost"),
    [
        (denied(), 502, "CredentialsMissing", "The AWS credentials have expired", True),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), 502, "CallRefused", "No answer from", True),
        (StackNotFound("There is no stack here."), 502, "StackNotFound", "There is no stack here.", True),
        (FieldInvalid("EndpointName is <b>."), 422, "FieldInvalid", "EndpointName is <b>.", False),
    ],
)
def test_an_error_is_answered_with_its_name_and_message(
    error: Exception, status: int, name: str, words: str, is_lost: bool
) -> None:
    console = Console(error)

    answer = opened(console.application, console.auth).get("/api/read", headers={"Host": HOST})

    said = answer.get_json()
    assert (answer.status_code, said["Error"], answer.mimetype) == (status, name, "application/json")
    assert words in said["Message"]
    assert console.connected.is_lost is is_lost
    assert "Details" not in said


def test_an_error_s_notes_are_its_details() -> None:
    error = FieldInvalid("EndpointName is <b>.")
    error.add_note("Traceback:\n  File 1")
    console = Console(error)

    answer = opened(console.application, console.auth).get("/api/read", headers={"Host": HOST})

    assert answer.get_json()["Details"] == "Traceback:\n  File 1"
