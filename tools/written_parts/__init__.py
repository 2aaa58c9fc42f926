"""The parts of documents that a tool writes, each between two comments that carry its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click


class MarkersMissing(click.ClickException):
    """A document does not say where a part belongs: one begin marker, then one end marker."""


def markers(name: str) -> tuple[str, str]:
    """Return the comments between which a part stands."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def with_part(document: str, name: str, part: str) -> str:
    """Return the document with the part between its markers, in place of whatever was there.

    Raises `MarkersMissing`.
    """
    first, last = markers(name)
    before, begin, rest = document.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end) or first in rest or last in before + after:
        raise MarkersMissing(f"one {first} and one {last} after it must say where the part belongs")
    return f"{before}{first}\n{part}\n{last}{after}"


def write_part(documents: Sequence[Path], name: str, part: str, *, check: bool) -> None:
    """Write a part into documents, and say which were changed; with `check`, write nothing.

    Raises `ClickException` when a part is stale and was only to be checked, and `MarkersMissing`.
    """
    stale = False
    for path in documents:
        document = path.read_text(encoding="utf-8")
        try:
            new = with_part(document, name, part)
        except MarkersMissing as missing:
            raise MarkersMissing(f"{path}: {missing}") from missing
        if new == document:
            continue
        stale = True
        if not check:
            path.write_text(new, encoding="utf-8")
        click.echo(f"{path}: the {name} part is {'stale' if check else 'written'}")
    if check and stale:
        raise click.ClickException(f"write it again with: make {MADE_BY[name]}")


# The make target that writes each part.
MADE_BY = {"commands": "commands", "errors": "errors", "permissions": "permissions", "workflow": "diagram"}
