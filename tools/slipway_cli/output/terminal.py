"""Output to a terminal of some width or to a pipe, which gets whole lines; and untrusted text."""

from __future__ import annotations

import io
import sys
from typing import Any

import click
from rich.console import Console
from rich.text import Text

PIPE_WIDTH = 10_000  # columns: nothing is cut or wrapped for the next command


class Pipe(Console):
    """A console for a pipe: lines have no padding at their ends."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does, without the spaces that fill columns up."""
        with self.capture() as captured:
            super().print(*objects, **options)
        for line in captured.get().splitlines():
            click.echo(line.rstrip(), err=self.stderr)


def console(*, err: bool = False) -> Console:
    """Return standard output or standard error. rich itself obeys NO_COLOR, TERM and FORCE_COLOR."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a character that the encoding lacks is replaced
    found = Console(highlight=False, stderr=err)
    return found if found.is_terminal else Pipe(highlight=False, stderr=err, width=PIPE_WIDTH)


def can_move(screen: Console) -> bool:
    """Return whether output can be animated: only on a real terminal, not where FORCE_COLOR is set for a log."""
    return screen.is_interactive and screen.file.isatty()


def plain(text: str, style: str = "") -> Text:
    """Return untrusted text, such as a container's log, without markup and without control characters."""
    return Text("".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text), style=style)
