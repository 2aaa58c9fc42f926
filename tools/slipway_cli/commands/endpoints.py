"""`slipway endpoints`: what is there, what it serves, and what that costs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from slipway.deployment.tags import CANDIDATE_OF
from slipway.prices import Prices, load_prices
from slipway_cli.options import json_option, target_options
from slipway_cli.output.abbreviations import short_artifact, short_version
from slipway_cli.output.endpoint_json import endpoint_json
from slipway_cli.output.tables import age, print_json, print_table
from slipway_cli.sdk.costs import hourly_cost
from slipway_cli.sdk.endpoints import Endpoint, list_endpoints
from slipway_cli.sdk.target import TargetChoice, find_target

PRICES_HELP = 'JSON file that overrides prices, in US dollars an hour, such as {"ml.m5.xlarge": 0.23}.'
COLUMNS = ("ENDPOINT", "STATUS", "VERSION", "AGE", "HOSTING", "$/HOUR", "ARTIFACT")


@click.command("endpoints", epilog="Example: slipway endpoints --region eu-west-1")
@click.option("--any-stack", is_flag=True, help="Also endpoints that this stack did not deploy.")
@click.option("--prices", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=PRICES_HELP)
@target_options
@json_option
def command(choice: TargetChoice, any_stack: bool, prices: Path | None, as_json: bool) -> None:
    """List the stack's endpoints: status, version, age, instances, and an estimate of what they cost an hour.

    A candidate is an endpoint on which a deployment tests a new version, and which it deletes then.
    A version is the end of its configuration's name; slipway history has all of an endpoint. Estimates are on-demand
    prices of a dated table, and leave out what the table does not know.
    """
    table = load_prices(prices.read_text(encoding="utf-8") if prices else "")
    target = find_target(choice)
    endpoints = list_endpoints(target, of_any_stack=any_stack)
    if as_json:
        print_json([endpoint_json(endpoint, table) for endpoint in endpoints])
        return
    if not endpoints:
        click.echo(f"The stack {target.stack} has no endpoint in {target.region}: slipway deploy makes one.", err=True)
        return
    now = datetime.now(UTC)
    print_table(
        COLUMNS, [_row(endpoint, table, now) for endpoint in endpoints], right=("AGE", "$/HOUR"), whole=COLUMNS[1:6]
    )


def _row(endpoint: Endpoint, prices: Prices, now: datetime) -> tuple[str, ...]:
    cost, candidate_of = hourly_cost(endpoint, prices), endpoint.tags.get(CANDIDATE_OF)
    return (
        endpoint.name,
        endpoint.status,
        short_version(endpoint.config_name),
        age(now - endpoint.created),
        endpoint.runs_on,
        "-" if cost is None else f"{cost:.3f}",
        f"candidate of {candidate_of}" if candidate_of else short_artifact(endpoint.artifact),
    )
