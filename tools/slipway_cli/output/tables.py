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

# The colours of states.
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
    """Print rows under headings; `right` are the columns that are aligned to the right.

    On a narrow terminal the text of a column wraps, except in the columns of `whole`.
    """
    screen = console()
    # On a narrow terminal the columns have no gaps.
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
    """Return a duration in one unit: `3 d`, `5 h`, `12 min`, `40 s`."""
    seconds = max(0, int(length.total_seconds()))
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def _written(value: object) -> str:
    assert isinstance(value, datetime), value
    return value.isoformat()
