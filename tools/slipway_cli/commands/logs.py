"""`slipway logs`: the log of an endpoint's containers."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.text import Text

from slipway_cli.options import json_option, target_options
from slipway_cli.output.terminal import console, plain
from slipway_cli.sdk.logs import EndpointLog, LogLine
from slipway_cli.sdk.target import TargetChoice, find_target

EPILOG = "Example: slipway logs my-endpoint --since 2h --follow"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
PAUSE = 2.0  # seconds between polls


def span(text: str) -> timedelta:
    """Return the duration of `90s`, `15m`, `2h` or `3d`."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not a duration: write for example 15m, 2h or 3d.")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


@click.command("logs", epilog=EPILOG)
@click.argument("endpoint")
@click.option(
    "--since", type=span, default="1h", show_default=True, metavar="SPAN", help="Start of the log: 15m, 2h or 3d ago."
)
@click.option("--lines", type=click.IntRange(1), metavar="N", help="Show only the last N lines.")
@click.option("--follow", is_flag=True, help="Continue with new lines until Ctrl-C.")
@target_options
@json_option
def command(
    endpoint: str, since: timedelta, lines: int | None, follow: bool, choice: TargetChoice, as_json: bool
) -> None:
    """Print the log of ENDPOINT's containers, of all variants and instances, in the order of time.

    With --json, one object per line.
    """
    if lines and follow:
        raise click.UsageError("--lines and --follow cannot be combined.")
    target = find_target(choice)
    log, start = EndpointLog(target, endpoint), datetime.now(UTC) - since
    if follow:
        seconds = target.pause(PAUSE)
        _print(log.follow(start, lambda: time.sleep(seconds)), as_json=as_json)
        return
    found = log.lines(start)
    if _print(deque(found, maxlen=lines) if lines else found, as_json=as_json) == 0:
        click.echo("No log lines in that time: --since 1d goes further back.", err=True)


def _print(lines: Iterable[LogLine], *, as_json: bool) -> int:
    screen, count = console(), 0
    for line in lines:
        count += 1
        if as_json:
            fields = {"Timestamp": written(line.moment), "Stream": line.stream}
            click.echo(json.dumps({**fields, "Message": line.message}))
        else:
            _print_line(screen, line)
    return count


def _print_line(screen: Console, line: LogLine) -> None:
    prefix = _short(line) if screen.is_terminal else f"{written(line.moment)}  {line.stream}"
    # Lines are the container's own: never folded, so that what is copied from the terminal is what was written.
    screen.print(Text.assemble(plain(f"{prefix}  ", "dim"), plain(line.message)), soft_wrap=True)


def written(moment: datetime) -> str:
    """Return an instant in UTC to the millisecond, as in `2026-11-22T22:44:50.187Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _short(line: LogLine) -> str:
    """Return time and source in few columns: ten characters of an instance's ID identify it.

    Several containers of an instance have their name after it.
    """
    variant, instance, *container = line.stream.split("/", 2)
    source = "/".join([variant, instance[:10], *container])
    is_old = datetime.now(UTC) - line.moment > timedelta(hours=12)
    return f"{line.moment:{'%m-%dT' if is_old else ''}%H:%M:%SZ}  {source}"
