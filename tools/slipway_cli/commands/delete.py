"""`slipway delete`: an endpoint goes, and with it what it costs."""

from __future__ import annotations

import click

from slipway_cli.options import json_option, target_options
from slipway_cli.output.tables import print_json
from slipway_cli.sdk.removal import Removal, Remover
from slipway_cli.sdk.target import TargetChoice, find_target


@click.command("delete", epilog="Example: slipway delete my-endpoint --all-versions --yes")
@click.argument("endpoint")
@click.option("--all-versions", is_flag=True, help="Also its configurations, models and kept archives.")
@click.option("--any-stack", is_flag=True, help="Also if this stack did not deploy it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@target_options
@json_option
def command(choice: TargetChoice, endpoint: str, all_versions: bool, any_stack: bool, yes: bool, as_json: bool) -> None:
    """Delete ENDPOINT: its scaling first, then itself. Its versions stay, and slipway wake brings it back.

    With --all-versions they go too, except what another endpoint uses: it cannot be woken any more then. Archives
    that were uploaded stay where they are.
    """
    remover = Remover(find_target(choice))
    removal = remover.plan(endpoint, all_versions=all_versions, of_any_stack=any_stack)
    if not yes:
        click.confirm(_question(removal), abort=True, err=True)
    removed = []
    for one in remover.remove(removal):
        removed.append(one)
        if not as_json:
            click.echo(f"deleted {one}")
    if as_json:
        print_json({"EndpointName": endpoint, "Deleted": removed})
    elif not all_versions:
        click.echo(f"Bring it back with: slipway wake {endpoint}{choice.flags}")


def _question(removal: Removal) -> str:
    parts = [f"the endpoint {removal.name} ({removal.endpoint['EndpointStatus']})"] if removal.endpoint else []
    if removal.versions:
        many = len(removal.versions) > 1
        parts.append(f"{len(removal.versions)} version{'s' if many else ''} with models and archives")
    return f"Delete {' and '.join(parts)}?"
