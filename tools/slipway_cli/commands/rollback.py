"""`slipway rollback`: put an earlier version of an endpoint back."""

from __future__ import annotations

import click

from slipway.versions.version import wake_input
from slipway_cli.options import json_option, target_options
from slipway_cli.redeployment import redeploy, wait_option
from slipway_cli.sdk.endpoints import describe_endpoint
from slipway_cli.sdk.target import TargetChoice, find_target
from slipway_cli.sdk.versions import previous_version, version_named, versions_of


@click.command("rollback", epilog="Example: slipway rollback my-endpoint --to 0f1e2d3c4b5a --wait")
@click.argument("endpoint")
@click.option("--to", "to", help="Version, as slipway history shows it, or the whole name of its configuration.")
@wait_option
@target_options
@json_option
def command(choice: TargetChoice, endpoint: str, to: str | None, wait: bool, as_json: bool) -> None:
    """Put a version of ENDPOINT back into service: the one that served before, or the one named with --to.

    The endpoint goes on serving meanwhile. Twice in a row without --to leads back to where it began.
    """
    target = find_target(choice)
    describe_endpoint(target, endpoint)
    versions = versions_of(target, endpoint)
    version = version_named(endpoint, to, versions) if to else previous_version(endpoint, versions)
    redeploy(target, choice, wake_input(endpoint, version.config_name), wait=wait, as_json=as_json)
