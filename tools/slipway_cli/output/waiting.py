"""Wait for the end of a deployment, print its outcome, and set the exit code."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from slipway.prices import load_prices
from slipway_cli.output.execution_json import document
from slipway_cli.output.failures import FAILED, SUPERSEDED
from slipway_cli.output.follow_view import follow
from slipway_cli.output.outcome_view import print_outcome
from slipway_cli.output.tables import print_json
from slipway_cli.output.terminal import console
from slipway_cli.sdk.costs import hourly_cost
from slipway_cli.sdk.endpoints import find_endpoint
from slipway_cli.sdk.errors import NothingDeployed
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import Target, TargetChoice

ARRIVAL, PAUSE = 10.0, 0.5  # seconds
SERVES = ("Created", "Updated", "Redeployed")


def wait_for_end(ctx: click.Context, target: Target, choice: TargetChoice, arn: str, *, as_json: bool) -> None:
    """Follow an execution, on standard error if the output is JSON; then exit as `exit_code_of` says."""
    execution = follow(target, choice, arn, console(err=as_json))
    if as_json:
        print_json(document(execution))
    else:
        # After a failure, the state of the endpoint shows whether the previous version still serves.
        failed = execution.explanation and execution.endpoint_name
        print_outcome(console(), execution, find_endpoint(target, failed) if failed else None)
        if execution.outcome in SERVES:
            say_next_steps(target, choice, execution.endpoint_name)
    ctx.exit(exit_code_of(execution))


def say_next_steps(target: Target, choice: TargetChoice, endpoint_name: str) -> None:
    """Print how to invoke an endpoint; on AWS also what it costs, and how to delete it."""
    click.echo(f"Try it with: slipway invoke {endpoint_name} FILE{choice.flags}", err=True)
    endpoint = None if target.is_local else find_endpoint(target, endpoint_name)
    cost = hourly_cost(endpoint, load_prices()) if endpoint else None
    if cost is not None:
        delete = f"slipway delete {endpoint_name}{choice.flags}"
        click.echo(f"It costs about ${cost:.3f} an hour until you delete it: {delete}", err=True)


def exit_code_of(execution: Execution) -> int:
    """Return the exit code of a command that waited for an execution."""
    if execution.explanation:
        return FAILED
    return SUPERSEDED if execution.outcome == "Superseded" else 0


def arrived(
    find: Callable[[], Execution],
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Execution:
    """Return an execution that an upload starts: the event reaches Step Functions after some seconds.

    Raises `NothingDeployed` if there is none after `ARRIVAL` seconds.
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
    """Print what was started, and how to follow it."""
    click.echo(f"Started {name}")
    click.echo(f"Follow it with: slipway status {name} --wait{choice.flags}", err=True)
