"""Tables on standard output: aligned to the terminal's width, and uncut when it is a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from slipway_cli.output.terminal import console, plain

# Words for a state, in the colour that says how that is; the word says it too.
COLOURS = {
    **dict.fromkeys(("InService", "Serving", "Created", "Updated", "Redeployed", "Deployed"), "green"),
    **dict.fromkeys(("Failed", "UpdateRollbackFailed", "OutOfService"), "bold red"),
    **dict.fromkeys(
        ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting", "Pending", "Running"), "cyan"
    ),
    **dict.fromkeys(("Kept", "Removed", "AlreadyDeployed", "Superseded"), "dim"),
}
NARROW = 100  # columns
DAY, HOUR, MINUTE = 86_400, 3_600, 60


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Print rows under headings; `right` are the columns whose numbers are to stand under each other.

    On a terminal that is too narrow the text of a column goes on below, unless it is one of those that stay `whole`.
    """
    screen = console()
    # Where it is narrow, names need the room more than the gaps between them.
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=screen.width < NARROW)
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold", no_wrap=name in whole)
    for row in rows:
        table.add_row(*(plain(cell, COLOURS.get(cell, "")) if isinstance(cell, str) else cell for cell in row))
    screen.print(table)


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print a value as JSON; times in ISO 8601."""
    click.echo(json.dumps(value, indent=2, default=_written))


def age(length: timedelta) -> str:
    """Return a length of time in the one unit that fits: `3 d`, `5 h`, `12 min`, `40 s`."""
    seconds = max(0, int(length.total_seconds()))
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def _written(value: object) -> str:
    assert isinstance(value, datetime), value
    return value.isoformat()
