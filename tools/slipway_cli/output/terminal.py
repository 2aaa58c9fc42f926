"""Where output goes: a terminal of some width, or a pipe, which gets whole lines; and text that others wrote."""

from __future__ import annotations

import io
import sys
from typing import Any

import click
from rich.console import Console
from rich.text import Text

PIPE_WIDTH = 10_000  # columns: nothing is cut or wrapped for the next command


class Pipe(Console):
    """A console that is no terminal: lines have no padding at their ends."""

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
            stream.reconfigure(errors="replace")  # what an old terminal's encoding lacks is no reason to stop
    found = Console(highlight=False, stderr=err)
    return found if found.is_terminal else Pipe(highlight=False, stderr=err, width=PIPE_WIDTH)


def can_move(screen: Console) -> bool:
    """Say whether a picture may move: on a real terminal, that is, not where FORCE_COLOR makes a log look like one."""
    return screen.is_interactive and screen.file.isatty()


def plain(text: str, style: str = "") -> Text:
    """Return text that somebody else wrote: no markup is obeyed, and nothing that would move the cursor gets through.

    What a container writes to its log reaches the terminal of whoever reads it.
    """
    return Text("".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text), style=style)
