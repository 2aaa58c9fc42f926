"""The generated sections of documents, each between two comments that carry its name."""

from __future__ import annotations

from pathlib import Path


class MarkersMissing(Exception):
    """A document does not have one begin marker of a section, then one end marker."""


def markers(name: str) -> tuple[str, str]:
    """Return the comments before and after a section."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def section_of(document: str, name: str) -> str:
    """Return the section that is between the markers. Raises `MarkersMissing`."""
    return _split(document, name)[1]


def with_section(document: str, name: str, section: str) -> str:
    """Return the document with the section between its markers replaced. Raises `MarkersMissing`."""
    before, _, after = _split(document, name)
    begin, end = markers(name)
    return f"{before}{begin}\n{section}\n{end}{after}"


def write_section(path: Path, name: str, section: str, *, check: bool) -> bool:
    """Write a section into a document; with `check`, write nothing. Return whether it was stale.

    Raises `MarkersMissing`.
    """
    document = path.read_text(encoding="utf-8")
    new = with_section(document, name, section)
    if new != document and not check:
        path.write_text(new, encoding="utf-8")
    return new != document


def _split(document: str, name: str) -> tuple[str, str, str]:
    begin, end = markers(name)
    if document.count(begin) != 1 or document.count(end) != 1 or document.index(end) < document.index(begin):
        raise MarkersMissing(f"The document needs one {begin}, then one {end}.")
    before, _, rest = document.partition(begin)
    section, _, after = rest.partition(end)
    return before, section, after
