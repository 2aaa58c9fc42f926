"""Put the picture into a Markdown document, between its markers."""

from __future__ import annotations

BEGIN = "<!-- workflow:begin -->"
END = "<!-- workflow:end -->"


class MarkersMissing(Exception):
    """A document does not say where the picture belongs: one begin marker, then one end marker."""


def with_picture(document: str, flowchart: str) -> str:
    """Return the document with the picture between its markers, in place of whatever was there.

    Raises `MarkersMissing`.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise MarkersMissing(f"one {BEGIN} and one {END} after it must say where the picture belongs")
    return f"{before}{BEGIN}\n```mermaid\n{flowchart}\n```\n{END}{after}"
