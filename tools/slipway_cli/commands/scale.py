"""`slipway scale`: change how many instances an endpoint has, and what starts more or fewer of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from slipway.deployment.scaling_tag import EVERY_VARIANT, scaling_from
from slipway.deployment.tags import AUTO_SCALING
from slipway_cli.options import json_option, target_options
from slipway_cli.redeployment import message_option, redeploy, wait_option
from slipway_cli.sdk.endpoints import Endpoint, describe_endpoint
from slipway_cli.sdk.target import TargetChoice, find_target
from slipway_cli.sdk.versions import fixed_size, scaling_request

TARGETS = ("TargetInvocationsPerInstance", "TargetBacklogPerInstance")
SCHEDULE_PARTS = 4
Given = Mapping[str, int | None]


def schedule_of(text: str) -> dict[str, Any]:
    """Return the schedule of `cron(0 8 ? * MON-FRI *)|Europe/Berlin|1|4`. Raises `UsageError`."""
    parts = text.split("|")
    if len(parts) != SCHEDULE_PARTS or not (parts[2].isdecimal() and parts[3].isdecimal()):
        raise click.UsageError(
            f'--schedule "{text}" is not an expression, a time zone and two numbers of instances: write for example '
            '"cron(0 8 ? * MON-FRI *)|Europe/Berlin|1|4".'
        )
    bounds = {"MinCapacity": int(parts[2]), "MaxCapacity": int(parts[3])}
    return {"ScheduleExpression": parts[0], "Timezone": parts[1], **bounds}


def scaling_of_options(
    before: Mapping[str, Any], given: Given, instances: int | None, schedules: Sequence[str], *, off: bool
) -> dict[str, Any]:
    """Return AutoScaling as the options say; what they do not name stays as it was. Raises `UsageError`."""
    named = {name: value for name, value in given.items() if value is not None}
    kinds = [off, instances is not None, bool(named or schedules)]
    if kinds.count(True) != 1:
        raise click.UsageError("Pass --instances, or --off, or some of --min, --max, a target and --schedule.")
    if off:
        return {}
    if instances is not None:
        return fixed_size(instances)
    replaced = TARGETS if any(one in named for one in TARGETS) else ()
    kept = {name: value for name, value in before.items() if name not in replaced}
    found = {"Schedules": [schedule_of(text) for text in schedules]} if schedules else {}
    return {**kept, **named, **found}


def scaling_before(endpoint: Endpoint) -> Mapping[str, Any]:
    """Return the AutoScaling that an endpoint has. Raises `UsageError` where its variants differ in it."""
    scaling = scaling_from(endpoint.tags.get(AUTO_SCALING, ""))
    if any(name != EVERY_VARIANT for name in scaling):
        raise click.UsageError(
            f"The variants of {endpoint.name} have AutoScaling of their own: deploy its ProductionVariants again with "
            "what they are to have."
        )
    return scaling.get(EVERY_VARIANT, {})


@click.command("scale", epilog="Example: slipway scale digits --min 1 --max 4 --invocations-per-instance 600")
@click.argument("endpoint")
@click.option("--instances", type=click.IntRange(min=1), help="A fixed number of instances.")
@click.option("--min", "least", type=click.IntRange(min=0), help="The fewest instances; 0 if it is asynchronous.")
@click.option("--max", "most", type=click.IntRange(min=1), help="The most instances.")
@click.option("--invocations-per-instance", type=click.IntRange(min=1), help="Invocations a minute of each instance.")
@click.option("--backlog-per-instance", type=click.IntRange(min=1), help="Waiting requests of each instance.")
@click.option(
    "--schedule",
    "schedules",
    multiple=True,
    metavar="CRON|TIMEZONE|MIN|MAX",
    help="When the bounds change; repeatable, replaces all schedules.",
)
@click.option("--off", is_flag=True, help="Take scaling off; the endpoint keeps the instances that it has.")
@message_option
@wait_option
@target_options
@json_option
def command(
    choice: TargetChoice,
    endpoint: str,
    instances: int | None,
    least: int | None,
    most: int | None,
    invocations_per_instance: int | None,
    backlog_per_instance: int | None,
    schedules: tuple[str, ...],
    off: bool,
    message: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Scale ENDPOINT: to a number of instances, or between two of them by requests and by schedules.

    It is a deployment of the version that the endpoint serves, with AutoScaling: no instance is replaced, and later
    deployments, rollbacks and slipway wake keep it.
    """
    target = find_target(choice)
    found = describe_endpoint(target, endpoint)
    given = {
        "MinCapacity": least,
        "MaxCapacity": most,
        TARGETS[0]: invocations_per_instance,
        TARGETS[1]: backlog_per_instance,
    }
    before = {} if off or instances is not None else scaling_before(found)
    scaling = scaling_of_options(before, given, instances, schedules, off=off)
    request = scaling_request(found, scaling, **({"Message": message} if message else {}))
    redeploy(target, choice, request, wait=wait, as_json=as_json)
