"""`slipway serve`: a model in its image's container on this machine, without a stack."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from slipway.hosting.requests import script_mode
from slipway.preflight.archive import inspect_archive
from slipway.preflight.check_archive_layout import runs_program
from slipway_cli.deployment_input import FIELDS, image_options, pair
from slipway_cli.sdk.checkout import find_checkout
from slipway_cli.sdk.contract import image_of
from slipway_cli.sdk.preparation import checked_model

EPILOG = "Example: slipway serve model/ --framework sklearn"
REGION = "us-east-1"  # an image has the same content in every region
STOP_TIMEOUT = 15.0  # seconds


@click.command("serve", epilog=EPILOG)
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@image_options
@click.option(
    "--env", type=pair, metavar="KEY=VALUE", multiple=True, help="Environment variable of the container; repeatable."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port of 127.0.0.1.")
@click.pass_context
def command(
    ctx: click.Context, /, model: Path, env: Sequence[tuple[str, str]], port: int, **fields: str | None
) -> None:
    """Serve MODEL, an archive, a folder or a model file, until Ctrl-C: for a first try before a deployment.

    The archive is checked and packed as slipway deploy does, and runs in the environment of the image's family and
    version. Needs a checkout of the project. POST requests go to http://127.0.0.1:8080/invocations.
    """
    checkout = find_checkout(Path.cwd())
    request: dict[str, Any] = {
        "EndpointName": "serve",
        **{FIELDS[name]: value for name, value in fields.items() if value is not None},
    }
    if env:
        request["Environment"] = dict(env)
    with tempfile.TemporaryDirectory(prefix="slipway-serve-") as folder:
        checked, archive = checked_model(request, model, Path(folder))
        image = image_of(checked, REGION)
        if image is None:
            raise click.UsageError("Pass --framework or --image-uri.")
        for warning in archive.warnings:
            click.echo(f"Caution: {warning}", err=True)
        with archive.file.open("rb") as content:
            environment = checked.get("Environment", {})
            report = inspect_archive(content)
        framework = checked.get("Framework", "")
        has_code = runs_program(framework, report.names, environment, complete=report.complete)
        environment = script_mode(environment, has_code=has_code)
        options = ("--archive", str(archive.file), "--image", image, "--port", str(port))
        arguments = [*options, "--environment", json.dumps(environment)]
        ctx.exit(_run([str(checkout.python), "-m", "slipway_local.serve", *arguments], checkout.environment()))


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a process to its end; Ctrl-C reaches it too, and it ends its container first. SIGTERM is passed on."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with subprocess.Popen(command, env=environment) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGTERM)
            return process.wait(STOP_TIMEOUT)
