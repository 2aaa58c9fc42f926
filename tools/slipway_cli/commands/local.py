"""`slipway local`: start, stop, show and reset the local stack of a checkout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from slipway_cli.options import json_option
from slipway_cli.output.failures import Unreached
from slipway_cli.output.tables import print_json
from slipway_cli.sdk.checkout import Checkout, find_checkout
from slipway_cli.sdk.errors import LocalStackNotRunning
from slipway_cli.sdk.local_stack import LocalProcess

WORK_FOLDER = Path(".local")
WITH_LOCAL = """
Commands find it with --local:

  slipway deploy model.tar.gz --name my-endpoint --local --wait
  slipway endpoints --local
"""
TRY_IT = """
{clients} find it through:

  export AWS_ENDPOINT_URL={endpoint_url} AWS_DEFAULT_REGION={region} \\
         AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

{down} stops it."""

folder_option = click.option(
    "--work-folder",
    default=WORK_FOLDER,
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of its files.",
)
start_options = (
    click.option("--port", type=click.IntRange(1, 65535), help="Port (default: 4566)."),
    click.option(
        "--clock-scale",
        type=click.FloatRange(min=0),
        help="Real seconds per second of SageMaker's clock (default: 0.02).",
    ),
    click.option(
        "--creation-seconds",
        type=click.FloatRange(min=0),
        help="Seconds that an endpoint is Creating, by SageMaker's clock (default: 150).",
    ),
)


@click.group("local", epilog="Example: slipway local up && slipway endpoints --local")
def command() -> None:
    """Run Slipway on this machine, without an AWS account: needs a checkout of the project."""


@command.command("up", epilog="Example: slipway local up --port 4600")
@start_options[0]
@start_options[1]
@start_options[2]
@click.option("--foreground", is_flag=True, help="Run in the foreground until Ctrl-C.")
@folder_option
@json_option
def up(work_folder: Path, foreground: bool, as_json: bool, **options: Any) -> None:
    """Start the local stack, and return when it is ready. A stack that is running stays as it is."""
    process = _process(work_folder)
    given = {name: str(value) for name, value in options.items() if value is not None}
    if foreground:
        process.become(given)
    if not (process.options() and process.description()):
        process.start(given, click.echo if not as_json else _say_nothing)
    running = process.options() or {}  # it may have been starting, with other options
    if ignored := [name for name, value in given.items() if str(running.get(name)) != value]:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in ignored)
        click.echo(
            f"Caution: {flags} changes nothing of a stack that is running: `{_down(work_folder)}` first.", err=True
        )
    description = process.description()
    if as_json:
        print_json({"Running": True, **description})
    else:
        click.echo(f"The local stack is running on {description['endpoint_url']}.\n{_try_it(work_folder, description)}")


@command.command("down", epilog="Example: slipway local down")
@folder_option
@json_option
def down(work_folder: Path, as_json: bool) -> None:
    """Stop the local stack and its processes. Its deployments are lost."""
    stopped = _process(work_folder).stop()
    if as_json:
        print_json({"Running": False, "Stopped": stopped})
    else:
        click.echo("Stopped." if stopped else "No local stack is running.")


@command.command("status", epilog="Example: slipway local status --json")
@folder_option
@json_option
@click.pass_context
def status(ctx: click.Context, work_folder: Path, as_json: bool) -> None:
    """Show whether the local stack is running, and its address. Exit code 3 if it is not."""
    process = _process(work_folder)
    options = process.options()
    description = process.description() if options else {}
    if as_json:
        print_json({"Running": bool(description), "pid": (options or {}).get("pid"), **description})
    elif description:
        for name, value in description.items():
            if isinstance(value, str):
                click.echo(f"{name:18} {value}")
    else:
        click.echo("It is starting." if options is not None else "No local stack is running.")
    if not description:
        ctx.exit(Unreached.exit_code)


@command.command("reset", epilog="Example: slipway local reset --yes")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@folder_option
@json_option
def reset(work_folder: Path, yes: bool, as_json: bool) -> None:
    """Restart the local stack with the same options, empty."""
    process = _process(work_folder)
    options = process.options()
    if options is None:
        raise LocalStackNotRunning("No local stack is running: `slipway local up` starts one.")
    if not yes:
        click.confirm("Everything in the local stack will be lost. Continue?", abort=True, err=True)
    process.stop()
    process.start({name: value for name, value in options.items() if name != "pid"}, _say_nothing)
    if as_json:
        print_json({"Running": True, **process.description()})
    else:
        click.echo(f"The local stack is empty and running on {process.description()['endpoint_url']}.")


def _try_it(work_folder: Path, description: Mapping[str, Any]) -> str:
    # --local reads the default folder only.
    with_local, clients = (WITH_LOCAL, "Other AWS clients") if work_folder == WORK_FOLDER else ("", "All clients")
    return with_local + TRY_IT.format(clients=clients, down=_down(work_folder), **description)


def _down(work_folder: Path) -> str:
    return "slipway local down" if work_folder == WORK_FOLDER else f"slipway local down --work-folder {work_folder}"


def _process(work_folder: Path) -> LocalProcess:
    checkout: Checkout = find_checkout(Path.cwd())
    return LocalProcess(checkout, checkout.folder / work_folder)


def _say_nothing(_line: str) -> None:
    """Leave the progress out, where the output is JSON."""
