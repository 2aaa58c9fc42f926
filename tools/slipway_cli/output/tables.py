"""Tables on standard output: aligned to the terminal's width, and uncut when it is a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from slipway_cli.output.abbreviations import NOTHING
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
FOLDED = 16  # columns of text that wraps, at least
DAY, HOUR, MINUTE = 86_400, 3_600, 60


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    details: Sequence[str] = (),
) -> None:
    """Print rows under headings; `right` are the columns that are aligned to the right.

    On a narrow terminal the text of a column wraps, except in the columns of `whole`. Where there is no room for that,
    the columns of `details` are in a line below each row, and where that does not fit either, a row is a block.
    """
    screen = console()
    cells = [[plain(cell, COLOURS.get(cell, "")) if isinstance(cell, str) else cell for cell in row] for row in rows]
    widths = {
        name: max([len(name), *(row[position].cell_len for row in cells)]) for position, name in enumerate(columns)
    }
    main = [position for position, name in enumerate(columns) if name not in details]
    if screen.width >= _width(widths[name] if name in whole else min(widths[name], FOLDED) for name in columns):
        screen.print(_table(columns, cells, right, whole, has_gaps=screen.width >= NARROW))
    elif details and screen.width >= _width(widths[columns[position]] for position in main):
        named = [columns[position] for position in main]
        table = _table(named, [[row[position] for position in main] for row in cells], right, named, has_gaps=False)
        _print_with_details(screen, table, [_detail(columns, row, details) for row in cells])
    else:
        for row in cells:
            _print_block(screen, columns, row)


def _width(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + len(widths) - 1  # of the gaps


def _table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Text]],
    right: Sequence[str],
    whole: Sequence[str],
    *,
    has_gaps: bool,
) -> Table:
    # On a narrow terminal the gaps are one column wide.
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=not has_gaps)
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold", no_wrap=name in whole)
    for row in rows:
        table.add_row(*row)
    return table


def _detail(columns: Sequence[str], row: Sequence[Text], details: Sequence[str]) -> Text:
    cells = [cell for name, cell in zip(columns, row, strict=True) if name in details and cell.plain != NOTHING]
    return Text("  ").join(cells)


def _print_with_details(screen: Console, table: Table, details: Sequence[Text]) -> None:
    """Print a table of rows of one line, and below each its details."""
    heading, *lines = screen.render_lines(table, pad=False)
    screen.print(Text("").join(Text(part.text, part.style or "") for part in heading))
    for line, detail in zip(lines, details, strict=True):
        screen.print(Text("").join(Text(part.text, part.style or "") for part in line))
        if detail:
            screen.print(Padding(detail, (0, 0, 0, 2)))


def _print_block(screen: Console, columns: Sequence[str], row: Sequence[Text]) -> None:
    """Print a row as its first cell, and below it the others with their headings."""
    screen.print(Text(row[0].plain, "bold"), overflow="fold")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, cell in zip(columns[1:], row[1:], strict=True):
        if cell.plain != NOTHING:
            grid.add_row(name, cell)
    screen.print(Padding(grid, (0, 0, 0, 2)))


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
