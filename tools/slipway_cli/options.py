"""The options that commands share: the target, and JSON output."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from slipway_cli.output.failures import AS_JSON, CHOSEN
from slipway_cli.sdk.target import DEFAULT_STACK, TargetChoice

Command = Callable[..., Any]


def target_options(command: Command) -> Command:
    """Add `--profile --region --stack --local`; the command gets them as one `choice: TargetChoice`.

    `slipway_cli.sdk.target.find_target(choice)` then connects; it raises errors of the domain that say what to do.
    """

    @functools.wraps(command)
    def with_choice(
        *arguments: Any, profile: str | None, region: str | None, stack: str, local: bool, **options: Any
    ) -> Any:
        choice = TargetChoice(profile, region, stack, local)
        click.get_current_context().meta[CHOSEN] = choice.flags
        return command(*arguments, choice=choice, **options)

    for option in reversed(_TARGET):
        with_choice = option(with_choice)
    return with_choice


_TARGET = (
    click.option("--profile", help="Profile of the AWS configuration."),
    click.option("--region", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="Region of the stack."),
    click.option(
        "--stack", envvar="SLIPWAY_STACK", default=DEFAULT_STACK, show_default=True, help="Name of the stack."
    ),
    click.option("--local", is_flag=True, help="Use the local stack, which .local/stack.json describes."),
)


def _remember(context: click.Context, _parameter: click.Parameter, as_json: bool) -> bool:
    context.meta[AS_JSON] = as_json
    return as_json


# Errors are JSON too then.
json_option = click.option("--json", "as_json", is_flag=True, callback=_remember, help="Print JSON.")
