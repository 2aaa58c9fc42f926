"""The states of an execution as lines: what was done and how long it took, what is under way, what is left of it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from rich.console import Group, RenderableType
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from slipway_cli.output.terminal import plain
from slipway_cli.sdk.durations import length
from slipway_cli.sdk.execution_watcher import ExecutionSnapshot
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.history import Step

ON_ITS_WAY = ("Creating", "Updating")
DONE, FAILED, CURRENT = ("✓", "green"), ("✗", "bold red"), ("●", "cyan")


def steps_table(snapshot: ExecutionSnapshot, now: datetime, spinner: Spinner | None = None) -> RenderableType:
    """Return the steps, a line each; where a spinner is given, it turns beside the current one."""
    execution, steps = snapshot.execution, snapshot.execution.steps
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for step in steps:
        running = execution.is_running and step is steps[-1]
        mark = _mark(step) if not running else spinner or Text(*CURRENT)
        note = plain(f"{under_way(snapshot)}{time_left(snapshot, now)}") if running else note_of(step)
        table.add_row(mark, plain(step.name), Text(length(step.seconds(now)), style="dim"), note)
    return Group(title(execution, now), table)


def title(execution: Execution, now: datetime) -> Text:
    """Return which deployment it is, and for how long it has been going on."""
    return Text.assemble(
        plain(execution.endpoint_name or "?", "bold"),
        "  ",
        plain(execution.name, "dim"),
        f"  {length(execution.seconds(now))}",
    )


def _mark(step: Step) -> Text:
    return Text(*(FAILED if step.has_failed else DONE))


def note_of(step: Step) -> Text:
    """Return what a step had to try again, and how often."""
    retried = Counter(step.errors)
    said = ", ".join(error if count == 1 else f"{error} {count} times" for error, count in retried.items())
    return plain(f"tried again after {said}" if said and not step.has_failed else said, "dim")


def under_way(snapshot: ExecutionSnapshot) -> str:
    """Return what the deployment waits for: another one, or the endpoint, of which this is the status; or nothing."""
    if _waits_for_another(snapshot):
        return "another deployment is under way"
    return f"endpoint {snapshot.endpoint.status}" if snapshot.endpoint else ""


def time_left(snapshot: ExecutionSnapshot, now: datetime) -> str:
    """Return `, about 2 min 10 s left`, or that it takes longer than the last time; empty where nothing is known."""
    moves = snapshot.endpoint is not None and snapshot.endpoint.status in ON_ITS_WAY
    if snapshot.expected_end is None or not moves or _waits_for_another(snapshot):
        return ""
    left = (snapshot.expected_end - now).total_seconds()
    if left <= 0:
        return f", {length(-left)} over the last time"
    return f", about {length(left)} left"


def _waits_for_another(snapshot: ExecutionSnapshot) -> bool:
    return bool(snapshot.execution.endpoint_step.get("Action") == "Busy")
