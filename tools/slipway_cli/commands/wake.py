"""`slipway wake`: bring a deleted endpoint back."""

from __future__ import annotations

import click

from slipway.aws.sagemaker import Boto3SageMaker
from slipway.aws.tag_index import Boto3TagIndex
from slipway.errors import EndpointConfigNotFound, NotFound
from slipway.versions.wake import config_to_wake
from slipway_cli.options import json_option, target_options
from slipway_cli.output.tables import print_json
from slipway_cli.redeployment import redeploy, wait_option
from slipway_cli.sdk.deleted_endpoints import config_of_sleeper
from slipway_cli.sdk.target import Target, TargetChoice, find_target


@click.command("wake", epilog="Example: slipway wake my-endpoint --wait")
@click.argument("endpoint")
@wait_option
@target_options
@json_option
def command(choice: TargetChoice, endpoint: str, wait: bool, as_json: bool) -> None:
    """Bring ENDPOINT back, deleted by idle cleanup or by hand, with the version, scaling and policy it had last."""
    target = find_target(choice)
    sagemaker = Boto3SageMaker(target.client("sagemaker"))
    status = _status(sagemaker, endpoint)
    if status not in ("", "Failed", "Deleting"):
        if as_json:
            print_json({"EndpointName": endpoint, "EndpointStatus": status})
        else:
            click.echo(f"{endpoint} is {status}: there is nothing to wake.")
        return
    redeploy(target, choice, endpoint, _config(target, sagemaker, endpoint), wait=wait, as_json=as_json)


def _config(target: Target, sagemaker: Boto3SageMaker, endpoint: str) -> str:
    try:
        return config_to_wake(endpoint, sagemaker).name
    except EndpointConfigNotFound:
        # With IdleScope a tag of the owner's, idle cleanup deletes what others have made, too.
        found = config_of_sleeper(endpoint, Boto3TagIndex(target.client("resourcegroupstaggingapi")))
        if found is None:
            raise
        return found


def _status(sagemaker: Boto3SageMaker, endpoint: str) -> str:
    try:
        return str(sagemaker.describe_endpoint(endpoint)["EndpointStatus"])
    except NotFound:
        return ""
