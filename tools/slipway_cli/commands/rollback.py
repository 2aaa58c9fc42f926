"""`slipway rollback`: put an earlier version of an endpoint back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from slipway.versions.version import Version
from slipway_cli.options import json_option, target_options
from slipway_cli.output.abbreviations import short_artifact, short_version
from slipway_cli.redeployment import message_option, redeploy, wait_option
from slipway_cli.sdk.endpoints import describe_endpoint
from slipway_cli.sdk.target import TargetChoice, find_target
from slipway_cli.sdk.versions import hosting_of, previous_version, rollback_request, version_named, versions_of


@click.command("rollback", epilog="Example: slipway rollback my-endpoint --to 0f1e2d3c4b5a --wait")
@click.argument("endpoint")
@click.option("--to", "to", help="Version, as slipway history shows it, or the whole name of its configuration.")
@click.option("--with-size", is_flag=True, help="Put its number of instances back, too.")
@message_option
@wait_option
@target_options
@json_option
def command(
    choice: TargetChoice, endpoint: str, to: str | None, with_size: bool, message: str | None, wait: bool, as_json: bool
) -> None:
    """Put a version of ENDPOINT back into service: the model that served before, or the version named with --to.

    The endpoint serves meanwhile, and keeps its number of instances, unless the version runs on other instance types.
    Twice in a row without --to leads back to where it began.
    """
    target = find_target(choice)
    describe_endpoint(target, endpoint)
    versions = versions_of(target, endpoint)
    version = version_named(endpoint, to, versions) if to else previous_version(endpoint, versions, with_size=with_size)
    request = rollback_request(endpoint, version, versions, with_size=with_size)
    if message:
        request["Message"] = message
    click.echo(_from_to(endpoint, version, versions, request), err=True)
    redeploy(target, choice, request, wait=wait, as_json=as_json)


def _from_to(endpoint: str, version: Version, versions: list[Version], request: Mapping[str, Any]) -> str:
    before = " and ".join(_shown(one) for one in versions if one.state == "Serving") or "what it serves"
    size = (
        "The number of instances stays as it is."
        if request.get("KeepInstanceCount")
        else f"It then runs on {hosting_of(version.variants)}."
    )
    return f"{endpoint}: rolling back from {before} to {_shown(version)}. {size}"


def _shown(version: Version) -> str:
    return f"{short_version(version.config_name)} ({short_artifact(version.artifact)})"
