"""`slipway status`: the progress or outcome of a deployment; without a name, the newest deployments."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

import click

from slipway_cli.options import json_option, target_options
from slipway_cli.output.execution_json import document, summary
from slipway_cli.output.follow_view import follow
from slipway_cli.output.outcome_view import print_outcome
from slipway_cli.output.step_table import steps_table
from slipway_cli.output.tables import age, print_json, print_table
from slipway_cli.output.terminal import console
from slipway_cli.output.waiting import arrived, exit_code_of
from slipway_cli.sdk.durations import length
from slipway_cli.sdk.endpoints import Endpoint, find_endpoint
from slipway_cli.sdk.execution_search import find_execution, newest_executions
from slipway_cli.sdk.execution_watcher import ExecutionWatcher
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import Target, TargetChoice, find_target
from slipway_cli.sdk.timeline import timeline

EPILOG = "Example: slipway status my-endpoint --wait"
LISTED = 10


@click.command("status", epilog=EPILOG)
@click.argument("named", metavar="[EXECUTION|ENDPOINT]", required=False)
@click.option("--wait", is_flag=True, help="Wait for its end; exit code 1 if it fails, 4 if it is superseded.")
@click.option(
    "--timeline", "picture", type=click.Path(dir_okay=False, path_type=Path), help="Write its states as an SVG picture."
)
@click.option(
    "--limit", default=LISTED, show_default=True, type=click.IntRange(1, 200), help="Number of deployments in the list."
)
@target_options
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    named: str | None,
    wait: bool,
    picture: Path | None,
    limit: int,
    choice: TargetChoice,
    as_json: bool,
) -> None:
    """Show the states of a deployment: an execution by its name or ARN, or the newest one of an endpoint.

    Without a name, list the newest deployments of the stack.
    """
    if named is None and (wait or picture):
        raise click.UsageError("Pass an execution or an endpoint.")
    target = find_target(choice)
    if named is None:
        _print_list(list(islice(newest_executions(target, limit), limit)), as_json=as_json)
        return
    execution = _show(target, choice, named, wait=wait, as_json=as_json)
    if picture:
        picture.write_text(timeline(execution, datetime.now(UTC)), encoding="utf-8")
        click.echo(f"Wrote {picture}", err=True)
    if wait:
        ctx.exit(exit_code_of(execution))


def _show(target: Target, choice: TargetChoice, named: str, *, wait: bool, as_json: bool) -> Execution:
    find = partial(find_execution, target, named)
    execution = arrived(find) if wait else find()
    if wait and execution.is_running:
        execution = follow(target, choice, execution.arn, console(err=as_json))
    elif not as_json:
        console().print(steps_table(ExecutionWatcher(target, execution.arn).snapshot(), datetime.now(UTC)))
    endpoint = find_endpoint(target, execution.endpoint_name) if execution.endpoint_name else None
    if as_json:
        print_json({**document(execution), "Endpoint": _endpoint(endpoint)})
    elif not execution.is_running:
        print_outcome(console(), execution, endpoint)
        if endpoint is None and execution.output.get("EndpointArn"):
            name = execution.endpoint_name
            click.echo(
                f"The endpoint {name} no longer exists: `slipway wake {name}{choice.flags}` restores it.", err=True
            )
    return execution


def _endpoint(endpoint: Endpoint | None) -> dict[str, str] | None:
    if endpoint is None:
        return None
    return {"Status": endpoint.status, "EndpointConfigName": endpoint.config_name, "EndpointArn": endpoint.arn}


def outcome(execution: Execution) -> str:
    """Return the name of an execution's error, or its outcome."""
    return str(execution.explanation.get("Error") or execution.outcome)


def _print_list(executions: list[Execution], *, as_json: bool) -> None:
    if as_json:
        print_json([summary(execution) for execution in executions])
        return
    if not executions:
        click.echo("Nothing has been deployed yet: `slipway deploy model.tar.gz --name my-endpoint` does.")
        return
    now = datetime.now(UTC)
    rows = [
        (one.endpoint_name or "-", outcome(one), length(one.seconds(now)), f"{age(now - one.started)} ago", one.name)
        for one in executions
    ]
    print_table(("ENDPOINT", "OUTCOME", "TOOK", "STARTED", "EXECUTION"), rows, right=("TOOK",))
