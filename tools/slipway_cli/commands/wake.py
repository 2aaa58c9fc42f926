"""`slipway wake`: bring a deleted endpoint back."""

from __future__ import annotations

import click

from slipway.aws.sagemaker import Boto3SageMaker
from slipway.errors import NotFound
from slipway.versions.version import wake_input
from slipway_cli.options import json_option, target_options
from slipway_cli.output.tables import print_json
from slipway_cli.redeployment import message_option, redeploy, wait_option
from slipway_cli.sdk.target import TargetChoice, find_target
from slipway_cli.sdk.versions import config_to_restore


@click.command("wake", epilog="Example: slipway wake my-endpoint --wait")
@click.argument("endpoint")
@message_option
@wait_option
@target_options
@json_option
def command(choice: TargetChoice, endpoint: str, message: str | None, wait: bool, as_json: bool) -> None:
    """Bring ENDPOINT back, deleted by idle cleanup or by hand, with the version, scaling and policy it had last."""
    target = find_target(choice)
    status = _status(Boto3SageMaker(target.client("sagemaker")), endpoint)
    if status not in ("", "Failed", "Deleting"):
        if as_json:
            print_json({"EndpointName": endpoint, "EndpointStatus": status})
        else:
            click.echo(f"{endpoint} is {status}: there is nothing to wake.")
        return
    request = {**wake_input(endpoint, config_to_restore(target, endpoint)), "Message": message or "Wake"}
    redeploy(target, choice, request, wait=wait, as_json=as_json)


def _status(sagemaker: Boto3SageMaker, endpoint: str) -> str:
    try:
        return str(sagemaker.describe_endpoint(endpoint)["EndpointStatus"])
    except NotFound:
        return ""
