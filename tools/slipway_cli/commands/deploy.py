"""`slipway deploy`: pack and upload the model, start the workflow, wait for its end with --wait."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from slipway_cli.deployment_input import deployment_options, document_of
from slipway_cli.options import json_option, target_options
from slipway_cli.output.failures import Interrupted
from slipway_cli.output.tables import print_json
from slipway_cli.output.terminal import can_move, console
from slipway_cli.output.upload_progress import send
from slipway_cli.output.waiting import say_started, wait_for_end
from slipway_cli.sdk.contract import check_input
from slipway_cli.sdk.start import execution_name, start_deployment
from slipway_cli.sdk.target import Target, TargetChoice, find_target
from slipway_cli.sdk.uploads import Archive, look_at

EPILOG = "Example: slipway deploy model.tar.gz --name my-endpoint --framework sklearn --wait"
# What stands for the archive's address until the stack, and so its bucket, is known.
SOME_BUCKET = "the-model-bucket"


@click.command("deploy", epilog=EPILOG)
@click.argument("model", metavar="[FILE|s3://...]", required=False)
@deployment_options
@click.option("--wait", is_flag=True, help="Wait for its end; exit code 1 if it fails, 4 if it is superseded.")
@target_options
@json_option
@click.pass_context
def command(
    ctx: click.Context, /, model: str | None, wait: bool, choice: TargetChoice, as_json: bool, **fields: Any
) -> None:
    """Deploy a model archive: a local file, which is uploaded, or one in S3. Flags win over the fields of --input.

    The input is checked here first, with the workflow's own contract. A local archive goes to uploads/ of the model
    bucket, where it starts nothing by itself, under a key made of its content: it is uploaded once.
    """
    screen = console(err=as_json)
    request, archive = _checked(_complete(document_of(model, fields), model), model, screen)
    target = find_target(choice)
    if archive:
        send(target, archive, screen)
        request["ModelDataUrl"] = f"s3://{target.model_bucket}/{archive.key}"
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


def _checked(request: dict[str, Any], model: str | None, screen: Console) -> tuple[dict[str, Any], Archive | None]:
    """Return the input and the local archive, if there is one; both are as the workflow wants them."""
    if model is None or model.startswith("s3://"):
        return check_input(request), None
    file = Path(model)
    if not file.is_file():
        raise click.UsageError(f"There is no file {model}: name an archive (.tar.gz), or s3://<bucket>/<key>.")
    checked = check_input({**request, "ModelDataUrl": f"s3://{SOME_BUCKET}/{file.name}"})
    # Gigabytes take their time.
    waiting = screen.status(f"Looking into {escape(file.name)}") if can_move(screen) else nullcontext()
    with waiting:
        return checked, look_at(file, checked["EndpointName"])
