"""`slipway shift`: change how requests are shared by the variants of an endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from slipway_cli.options import json_option, target_options
from slipway_cli.output.tables import print_json
from slipway_cli.sdk.target import TargetChoice, find_target
from slipway_cli.sdk.weights import shift, wait_for_shift

SHARE = re.compile(r"([^=]+)=(\d+(?:\.\d+)?)%?")


def shares_of(words: Iterable[str]) -> dict[str, float]:
    """Return the shares of `B=20` and the like. Raises `UsageError`."""
    found = {}
    for word in words:
        matched = SHARE.fullmatch(word)
        if not matched or float(matched[2]) > 100:  # noqa: PLR2004 - percent
            raise click.UsageError(f"--to {word} is not a variant and its percentage: write for example --to B=20.")
        found[matched[1]] = float(matched[2])
    return found


@click.command("shift", epilog="Example: slipway shift my-endpoint --to B=20")
@click.argument("endpoint")
@click.option(
    "--to", "wanted", multiple=True, required=True, metavar="VARIANT=PERCENT", help="A variant's share; repeatable."
)
@target_options
@json_option
def command(choice: TargetChoice, endpoint: str, wanted: tuple[str, ...], as_json: bool) -> None:
    """Give variants of ENDPOINT their share of the requests; the others share what is left, as they did before.

    The configuration stays, so the next deployment distributes requests by the weights that it names.
    """
    target, named = find_target(choice), shares_of(wanted)
    weights = shift(target, endpoint, named)
    wait_for_shift(target, endpoint)
    if as_json:
        print_json({"EndpointName": endpoint, "Weights": weights})
        return
    click.echo(f"{endpoint}: {', '.join(f'{name} {weight:g} %' for name, weight in weights.items())}")
