"""The states of an execution as lines: what is done, what is in progress, and the time left."""

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

IN_PROGRESS = ("Creating", "Updating")
DONE, FAILED, CURRENT = ("✓", "green"), ("✗", "bold red"), ("●", "cyan")


def steps_table(snapshot: ExecutionSnapshot, now: datetime, spinner: Spinner | None = None) -> RenderableType:
    """Return the steps, a line each; a spinner marks the current one."""
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
    """Return the deployment's name and its duration so far."""
    return Text.assemble(
        plain(execution.endpoint_name or "?", "bold"),
        "  ",
        plain(execution.name, "dim"),
        f"  {length(execution.seconds(now))}",
    )


def _mark(step: Step) -> Text:
    return Text(*(FAILED if step.has_failed else DONE))


def note_of(step: Step) -> Text:
    """Return the errors of a step's attempts, and how often each occurred."""
    retried = Counter(step.errors)
    said = ", ".join(error if count == 1 else f"{error} {count} times" for error, count in retried.items())
    return plain(f"retried after {said}" if said and not step.has_failed else said, "dim")


def under_way(snapshot: ExecutionSnapshot) -> str:
    """Return what the deployment waits for: another deployment or the endpoint's status; or nothing."""
    if _waits_for_another(snapshot):
        return "another deployment is in progress"
    return f"endpoint {snapshot.endpoint.status}{_serves_another(snapshot)}" if snapshot.endpoint else ""


def time_left(snapshot: ExecutionSnapshot, now: datetime) -> str:
    """Return `, about 2 min 10 s left`, or how long it is overdue; empty if unknown."""
    moves = snapshot.endpoint is not None and snapshot.endpoint.status in IN_PROGRESS
    if snapshot.expected_end is None or not moves or _waits_for_another(snapshot):
        return ""
    left = (snapshot.expected_end - now).total_seconds()
    if left <= 0:
        return f", {length(-left)} overdue"
    return f", about {length(left)} left"


def _serves_another(snapshot: ExecutionSnapshot) -> str:
    """Return that the endpoint serves another configuration than the deployment's: it was rolled back, or updated."""
    wanted = str(snapshot.execution.endpoint_step.get("EndpointConfigArn", "")).rpartition("/")[2]
    endpoint = snapshot.endpoint
    if not wanted or endpoint is None or endpoint.status != "InService" or endpoint.config_name == wanted:
        return ""
    return f" with {endpoint.config_name}, not with {wanted}"


def _waits_for_another(snapshot: ExecutionSnapshot) -> bool:
    return bool(snapshot.execution.endpoint_step.get("Action") == "Busy")
