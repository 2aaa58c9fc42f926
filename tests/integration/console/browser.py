"""What tests do with the page: wait for its texts, and store screenshots of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Locator, Page

WIDTHS = (1280, 900, 800, 390)
PICTURED = (1280, 390)  # a picture takes most of a test's time on the page
CUT = """() => [...document.querySelectorAll(".scroll, td, th, td .plain, td .nowrap, td time")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
    .map((one) => one.className + ": " + one.textContent)"""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Screenshots:
    """Takes screenshots, into a folder that git ignores."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, page: Page, name: str) -> None:
        """Store the page as it is, wide and narrow, light and dark; nothing may stick out of it or of a table."""
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 820})
            for scheme in SCHEMES if width in PICTURED else ():
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=self._folder / f"{name}-{width}-{scheme}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
            assert page.evaluate(CUT) == [], f"{name} at {width}"
        page.set_viewport_size({"width": WIDTHS[0], "height": 820})
        page.emulate_media(color_scheme=SCHEMES[0])


def hash_of(page: Page) -> str:
    """Return where on the page the browser is."""
    return str(page.evaluate("location.hash"))


def go(page: Page, where: str) -> None:
    """Go to a view, as its link does."""
    page.evaluate("hash => { location.hash = hash }", where)


def lines_of(element: Locator) -> int:
    """Return how many lines an element's text takes."""
    return int(
        element.evaluate(
            """element => {
                const range = document.createRange();
                range.selectNodeContents(element);
                return range.getClientRects().length;
            }"""
        )
    )


def picture() -> bytes:
    """Return a picture of a grey wall, as PNG."""
    content = io.BytesIO()
    Image.new("RGB", (400, 300), (90, 95, 100)).save(content, "PNG")
    return content.getvalue()


def colour_at(page: Page, x: float, y: float) -> str:
    """Return the colour of the canvas's pixel at a place relative to its size, as #rrggbb."""
    return str(
        page.evaluate(
            """([x, y]) => {
                const canvas = document.querySelector("canvas");
                const at = [Math.round(x * canvas.width), Math.round(y * canvas.height), 1, 1];
                const [red, green, blue] = canvas.getContext("2d").getImageData(...at).data;
                return "#" + [red, green, blue].map((value) => value.toString(16).padStart(2, "0")).join("");
            }""",
            [x, y],
        )
    )
