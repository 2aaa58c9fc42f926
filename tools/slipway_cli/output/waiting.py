"""Follow what was just started to its end, say how it ended, and exit so."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from slipway_cli.output.execution_json import document
from slipway_cli.output.failures import FAILED
from slipway_cli.output.follow_view import follow
from slipway_cli.output.outcome_view import print_ending
from slipway_cli.output.tables import print_json
from slipway_cli.output.terminal import console
from slipway_cli.sdk.endpoints import find_endpoint
from slipway_cli.sdk.errors import NothingDeployed
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import Target, TargetChoice

ARRIVAL, PAUSE = 10.0, 0.5  # seconds
SERVES_ANEW = ("Created", "Updated", "Redeployed")


def wait_for_end(ctx: click.Context, target: Target, choice: TargetChoice, arn: str, *, as_json: bool) -> None:
    """Follow an execution, on standard error where the output is JSON; a failed one ends the command with 1."""
    execution = follow(target, choice, arn, console(err=as_json))
    if as_json:
        print_json(document(execution))
    else:
        # Whoever broke something wants to know first whether it still serves.
        failed = execution.explanation and execution.endpoint_name
        print_ending(console(), execution, find_endpoint(target, failed) if failed else None)
        if execution.outcome in SERVES_ANEW:
            click.echo(f"Try it with: slipway invoke {execution.endpoint_name} FILE{choice.flags}", err=True)
    if execution.explanation:
        ctx.exit(FAILED)


def arrived(
    find: Callable[[], Execution],
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Execution:
    """Return an execution that an upload may be about to start: S3 tells EventBridge of it, and that takes a while.

    Raises `NothingDeployed` when none has come after `ARRIVAL` seconds.
    """
    deadline = clock() + ARRIVAL
    while True:
        try:
            return find()
        except NothingDeployed:
            if clock() > deadline:
                raise
        sleep(PAUSE)


def say_started(name: str, choice: TargetChoice) -> None:
    """Say what was started, and how to follow it."""
    click.echo(f"Started {name}")
    click.echo(f"Follow it with: slipway status {name} --wait{choice.flags}", err=True)
