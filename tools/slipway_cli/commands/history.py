"""`slipway history`: the deployments of one endpoint, and the versions that can be put back."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from rich.text import Text

from slipway_cli.options import json_option, target_options
from slipway_cli.output.abbreviations import NOTHING, short_artifact, short_image, short_version
from slipway_cli.output.tables import print_json, print_table
from slipway_cli.output.terminal import plain
from slipway_cli.sdk.errors import NothingDeployed
from slipway_cli.sdk.target import TargetChoice, find_target
from slipway_cli.sdk.version_history import Deployment, deployments_of
from slipway_cli.sdk.who_started import who_started

COLUMNS = ("WHEN", "OUTCOME", "VERSION", "IS", "HOSTING", "STARTED BY", "ARTIFACT", "IMAGE", "MESSAGE")
WHOLE = ("WHEN", "VERSION", "IS", "HOSTING", "STARTED BY")
DETAILS = ("ARTIFACT", "IMAGE", "MESSAGE")
LONG_AGO = timedelta(days=300)


@click.command("history", epilog="Example: slipway history my-endpoint")
@click.argument("endpoint")
@click.option("--executions", default=100, show_default=True, help="How many of the newest executions to read.")
@click.option("--who", is_flag=True, help="Ask CloudTrail who started each; it remembers 90 days.")
@target_options
@json_option
def command(choice: TargetChoice, endpoint: str, executions: int, who: bool, as_json: bool) -> None:
    """List the deployments of ENDPOINT, the newest first: when, how they ended, and which version serves now.

    What is Kept can be put back with slipway rollback. Behind an artifact are the first digits of its ETag. Idle
    deletions are listed too. The newest executions are searched for those of this endpoint; older deployments are
    listed from the versions that are kept. Times are UTC.
    """
    target = find_target(choice)
    deployments = deployments_of(target, endpoint, executions)
    if not deployments:
        raise NothingDeployed(f"No deployments of {endpoint} were found in {target.region}: see `slipway endpoints`.")
    if who and target.is_local:
        click.echo("The local stack has no CloudTrail: who started an execution is not known.", err=True)
    elif who:
        known = who_started(target.client("cloudtrail"), min(one.when for one in deployments))
        deployments = [replace(one, who=known.get(one.execution, one.who)) for one in deployments]
    if as_json:
        print_json([_as_fields(deployment) for deployment in deployments])
    else:
        print_table(
            COLUMNS, [_row(one, datetime.now(UTC), who=who) for one in deployments], whole=WHOLE, details=DETAILS
        )


def _as_fields(deployment: Deployment) -> dict[str, Any]:
    names = {"config_name": "EndpointConfigName"}
    return {
        names.get(name, "".join(part.title() for part in name.split("_"))): value
        for name, value in dataclasses.asdict(deployment).items()
    }


def _row(deployment: Deployment, now: datetime, *, who: bool) -> tuple[str | Text, ...]:
    return (
        f"{deployment.when:%Y-%m-%d}" if now - deployment.when > LONG_AGO else f"{deployment.when:%b %d %H:%M}",
        plain(deployment.outcome, "bold red") if deployment.has_failed else deployment.outcome or NOTHING,
        short_version(deployment.config_name),
        deployment.state or NOTHING,
        deployment.hosting or NOTHING,
        (who and deployment.who) or deployment.started_by or NOTHING,
        f"{short_artifact(deployment.artifact)} {deployment.digest}".rstrip(),
        short_image(deployment.image),
        deployment.message or NOTHING,
    )
