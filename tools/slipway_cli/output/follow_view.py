"""Follow an execution on the screen: a live table on a terminal, a line for each step in a pipe.

Ctrl-C stops watching; the deployment continues.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from slipway_cli.output.failures import Interrupted, failure_of, user_errors
from slipway_cli.output.step_table import note_of, steps_table, time_left, under_way
from slipway_cli.output.terminal import can_move, plain
from slipway_cli.sdk.durations import length
from slipway_cli.sdk.execution_watcher import ExecutionSnapshot, ExecutionWatcher
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.history import Step
from slipway_cli.sdk.target import Target, TargetChoice

PAUSE = 2.0  # seconds between polls
FRAMES = 8  # a second


def follow(
    target: Target, choice: TargetChoice, arn: str, screen: Console, sleep: Callable[[float], object] = time.sleep
) -> Execution:
    """Show an execution until it has ended, and return it.

    Raises `Interrupted` on Ctrl-C, and a `Failure` when AWS no longer answers; both have the command that resumes.
    """
    snapshots = ExecutionWatcher(target, arn).poll(functools.partial(sleep, target.pause(PAUSE)))
    come_back = f"slipway status {arn.rsplit(':', 1)[-1]} --wait{choice.flags}"
    try:
        return _animated(snapshots, screen) if can_move(screen) else _lines(snapshots, screen)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(f"The deployment continues. Watch it again with: {come_back}") from interrupt
    except user_errors() as error:
        failure = failure_of(error)
        said = f"{failure.message} The deployment continues. Watch it again with: {come_back}"
        raise type(failure)(failure.name, said) from error


def _animated(snapshots: Iterable[ExecutionSnapshot], screen: Console) -> Execution:
    shown: list[ExecutionSnapshot] = []
    spinner = Spinner("dots", style="cyan")

    def picture() -> RenderableType:
        return steps_table(shown[-1], datetime.now(UTC), spinner) if shown else Text("")

    with Live(get_renderable=picture, console=screen, refresh_per_second=FRAMES):
        for snapshot in snapshots:
            shown[:] = [snapshot]
    return shown[-1].execution


def _lines(snapshots: Iterable[ExecutionSnapshot], screen: Console) -> Execution:
    printed, waiting_for = 0, ""
    for snapshot in snapshots:
        execution = snapshot.execution
        ended = execution.steps[: -1 if execution.is_running else None]
        for step in ended[printed:]:
            screen.print(_line(step, execution))
        printed = len(ended)
        if under_way(snapshot) not in ("", waiting_for):
            waiting_for, at = under_way(snapshot), length(execution.seconds())
            screen.print(plain(f"{at:>12}  {waiting_for}{time_left(snapshot, datetime.now(UTC))}"))
    return execution


def _line(step: Step, execution: Execution) -> Text:
    """Return when a step ended, counted from the start, its name and its duration."""
    ended = step.exited or step.entered
    at = (ended - execution.started).total_seconds()
    return Text.assemble(f"{length(at):>12}  {step.name:<24} {length(step.seconds(ended)):>10}  ", note_of(step))
