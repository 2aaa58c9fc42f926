"""`python -m slipway_local`: the local stack in the foreground, as `make local` starts it."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from types import FrameType

import click

from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.description import StackDescription
from slipway_local.stack.errors import StackError
from slipway_local.stack.local_stack import Layout, LocalStack
from slipway_local.stack.running import marked_running

PROJECT = Path(__file__).parents[2]

TRY_IT = """
Try it in another terminal, with a model archive that holds code/inference.py:

  export PATH="$PWD/.venv/bin:$PATH" AWS_ENDPOINT_URL={endpoint_url} \\
         AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

  aws s3 cp model.tar.gz s3://{model_bucket}/models/my-endpoint/model.tar.gz
  aws stepfunctions list-executions --max-items 1 \\
      --state-machine-arn {state_machine_arn}
  aws sagemaker describe-endpoint --endpoint-name my-endpoint

Ctrl-C stops it."""


@click.command(context_settings={"show_default": True})
@click.option("--port", type=click.IntRange(1, 65535), default=4566, envvar="PORT", help="Port of 127.0.0.1.")
@click.option("--clock-scale", default=0.02, help="Real seconds for each second of SageMaker's and of Wait states.")
@click.option("--creation-seconds", default=150.0, help="What an endpoint takes to be InService, by SageMaker's clock.")
@click.option("--work-folder", default=".local", type=click.Path(path_type=Path), help="Where its files are.")
@click.option("--iam", default="enforced", type=click.Choice(["enforced", "off"]), help="Whether it is evaluated.")
def main(port: int, clock_scale: float, creation_seconds: float, work_folder: Path, iam: str) -> None:
    """Bring the local stack up, say how to try it, and serve until Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    settings = EngineSettings(port=port, clock_scale=clock_scale, creation_seconds=creation_seconds, iam=iam)
    layout = Layout(PROJECT, PROJECT / work_folder)
    options = {name: str(value) for name, value in click.get_current_context().params.items()}
    started = time.monotonic()

    def progress(step: str) -> None:
        click.echo(f"{time.monotonic() - started:5.1f} s  {step}")

    try:
        with marked_running(layout.work_folder, options), LocalStack(layout, settings, progress) as stack:
            progress("ready")
            _say(stack.description)
            stack.engine.wait()
    except StackError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


def _say(description: StackDescription) -> None:
    click.echo()
    for name, value in description.outputs.items():
        click.echo(f"{name:32} {value}")
    click.echo(TRY_IT.format(**vars(description)))


def _stop(number: int, _frame: FrameType | None) -> None:
    # Leaves through the context of LocalStack, which ends the children.
    click.echo("\nstopping", err=True)
    sys.exit(128 + number if number == signal.SIGTERM else 0)


if __name__ == "__main__":
    main()
