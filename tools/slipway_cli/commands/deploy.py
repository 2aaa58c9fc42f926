"""`slipway deploy`: pack and upload the model, start the workflow, wait for its end with --wait."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from slipway_cli.deployment_input import deployment_options, document_of
from slipway_cli.options import json_option, target_options
from slipway_cli.output.dry_run import dry_run_of, print_dry_run
from slipway_cli.output.failures import Interrupted
from slipway_cli.output.tables import print_json
from slipway_cli.output.terminal import can_move, console
from slipway_cli.output.upload_progress import send
from slipway_cli.output.waiting import say_started, wait_for_end
from slipway_cli.sdk.contract import check_frameworks, check_input, image_of, with_default_hosting
from slipway_cli.sdk.preparation import checked_model, is_local, with_archive
from slipway_cli.sdk.start import execution_name, start_deployment
from slipway_cli.sdk.target import Target, TargetChoice, find_target
from slipway_cli.sdk.uploads import Archive

EPILOG = "Example: slipway deploy model/ --name my-endpoint --framework sklearn --wait"


@click.command("deploy", epilog=EPILOG)
@click.argument("model", metavar="[FILE|FOLDER|s3://...]", required=False)
@deployment_options
@click.option("--wait", is_flag=True, help="Wait for its end; exit code 1 if it fails, 4 if it is superseded.")
@click.option("--dry-run", is_flag=True, help="Check everything and show image and price; upload and start nothing.")
@target_options
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    model: str | None,
    wait: bool,
    dry_run: bool,
    choice: TargetChoice,
    as_json: bool,
    **fields: Any,
) -> None:
    """Deploy a model: an archive in S3, or a local archive, folder or model file, which is packed and uploaded.

    Flags override the fields of --input. Input, archive layout and image are checked before the upload. The archive
    goes to uploads/ of the model bucket under a key with the digest of its content: the same model is uploaded once.
    """
    screen = console(err=as_json)
    request = _complete(document_of(model, fields), model)
    check_frameworks(request)
    with tempfile.TemporaryDirectory(prefix="slipway-deploy-") as folder:
        request, archive = _checked(request, model, Path(folder), screen)
        target = find_target(choice)
        hosted = with_default_hosting(request, target)
        image = image_of(hosted, target.region)
        if dry_run:
            print_dry_run(dry_run_of(hosted, archive, image), as_json=as_json)
            return
        if archive:
            send(target, archive, screen)
            request = with_archive(request, target, archive)
    name = execution_name(request["EndpointName"], datetime.now(UTC))
    arn = _start(target, choice, request, name)
    if wait:
        wait_for_end(ctx, target, choice, arn, as_json=as_json)
    elif as_json:
        print_json({"Execution": arn, "Name": name, "Input": request})
    else:
        say_started(name, choice)


def _start(target: Target, choice: TargetChoice, request: dict[str, Any], name: str) -> str:
    try:
        return start_deployment(target, request, name)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            f"Interrupted. `slipway status{choice.flags}` shows whether {name} was started."
        ) from interrupt


def _complete(request: dict[str, Any], model: str | None) -> dict[str, Any]:
    """Return the input if it has a model and an endpoint. Raises `UsageError`."""
    if model is None and not request:
        raise click.UsageError("Pass a model (a file, a folder or s3://<bucket>/<key>) or an --input.")
    if "EndpointName" not in request:
        raise click.UsageError("Pass the endpoint's name: --name my-endpoint, or EndpointName in the --input.")
    return request


def _checked(
    request: dict[str, Any], model: str | None, folder: Path, screen: Console
) -> tuple[dict[str, Any], Archive | None]:
    """Return the checked input, and the local archive if there is one, which is packed into the folder."""
    if model is None or not is_local(model):
        return check_input(request), None
    if not Path(model).exists():
        raise click.UsageError(f"There is no file or folder {model}: pass an archive, a folder or s3://<bucket>/<key>.")
    # Gigabytes take some time.
    waiting = screen.status(f"Checking {escape(Path(model).name)}") if can_move(screen) else nullcontext()
    with waiting:
        checked, archive = checked_model(request, Path(model), folder)
    for warning in archive.warnings:
        click.echo(f"Caution: {warning}", err=True)
    return checked, archive
