"""Put an existing configuration into service: the common part of rollback, wake and scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from slipway_cli.output.tables import print_json
from slipway_cli.output.waiting import say_started, wait_for_end
from slipway_cli.sdk.start import start_deployment
from slipway_cli.sdk.target import Target, TargetChoice

wait_option = click.option(
    "--wait", is_flag=True, help="Wait for its end; exit code 1 if it fails, 4 if it is superseded."
)

message_option = click.option("-m", "--message", help="What this is for, which the history shows.")


def redeploy(target: Target, choice: TargetChoice, request: Mapping[str, Any], *, wait: bool, as_json: bool) -> None:
    """Start an execution that puts a configuration into service; with `wait` the exit code is its outcome's."""
    arn = start_deployment(target, request)
    name = arn.rpartition(":")[2]
    if wait:
        wait_for_end(click.get_current_context(), target, choice, arn, as_json=as_json)
    elif as_json:
        print_json({"Execution": arn, "Name": name, "Input": request})
    else:
        click.echo(f"{request['EndpointName']}: deploying {request['EndpointConfigName']}.")
        say_started(name, choice)
