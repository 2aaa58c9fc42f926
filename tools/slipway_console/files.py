"""The page and its files, from the package."""

from __future__ import annotations

from importlib.resources import files

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

FOLDER = files("slipway_console") / "static"
PAGE = "index.html"
CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
TOKEN_PLACE = "{{token}}"  # noqa: S105 - a placeholder


def page(token: str) -> Response:
    """Return the page with the token that its changes and invocations send."""
    text = (FOLDER / PAGE).read_text(encoding="utf-8").replace(TOKEN_PLACE, token)
    return Response(text, content_type="text/html; charset=utf-8")


def file_response(name: str) -> Response:
    """Return a file of the page. Raises `NotFound` for a name that is not one of them."""
    suffix = f".{name.rpartition('.')[2]}"
    known = {file.name for file in FOLDER.iterdir() if file.is_file()}
    if name not in known or suffix not in CONTENT_TYPES:
        raise NotFound(f"The page has no file {name}.")
    return Response((FOLDER / name).read_bytes(), content_type=CONTENT_TYPES[suffix])
