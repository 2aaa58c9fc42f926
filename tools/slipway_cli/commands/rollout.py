"""`slipway rollout`: deploy what a manifest lists, in waves, follow it, stop it, and continue after failures."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from slipway_cli.deployment_input import pair
from slipway_cli.options import json_option, target_options
from slipway_cli.output.failures import FAILED, Interrupted
from slipway_cli.output.outcome_view import print_labelled
from slipway_cli.output.rollout_json import rollout_document, rollout_summary
from slipway_cli.output.tables import age, print_json, print_table
from slipway_cli.output.terminal import console, plain
from slipway_cli.sdk import manifests
from slipway_cli.sdk.durations import length
from slipway_cli.sdk.rollouts import Rollout, Rollouts
from slipway_cli.sdk.target import TargetChoice, find_target

PAUSE = 5.0  # seconds between polls
LISTED = 10
SHOWN = 10  # failures; --json has all
WRITES = ("--upgrade-image", "--rollback")
WRITTEN = "rollout.jsonl"
WAIT_HELP = "Wait for its end and show the counts; exit code 1 if it fails."

named_argument = click.argument("named", metavar="ROLLOUT")
wait_option = click.option("--wait", is_flag=True, help=WAIT_HELP)


class StartsByDefault(click.Group):
    """`slipway rollout fleet.jsonl` is `slipway rollout start fleet.jsonl`, and with an option of `write` that."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the subcommand that is left out."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            writes = any(one.partition("=")[0] in WRITES for one in args)
            args = ["write" if writes else "start", *args]
        return super().parse_args(ctx, args)


@click.group("rollout", cls=StartsByDefault, epilog="Example: slipway rollout start fleet.jsonl --dry-run")
def command() -> None:
    """Deploy many endpoints by one manifest, in waves.

    "slipway rollout MANIFEST" is short for "slipway rollout start MANIFEST".
    """


@command.command("start", epilog="Example: slipway rollout start fleet.jsonl --wait")
@click.argument("manifest", metavar="MANIFEST|s3://...")
@click.option("--dry-run", is_flag=True, help="Check every line, quotas and cost; deploy nothing.")
@wait_option
@click.option("--first", type=click.IntRange(1), help="Lines of the first wave, none of which may fail (default: 5).")
@click.option("--max-concurrency", type=click.IntRange(1, 1000), help="Deployments at a time (default: 20).")
@click.option("--tolerate", type=click.FloatRange(0, 100), help="Failures of the second wave, in % (default: 5).")
@target_options
@json_option
@click.pass_context
def start(
    ctx: click.Context,
    /,
    manifest: str,
    dry_run: bool,
    wait: bool,
    choice: TargetChoice,
    as_json: bool,
    **waves: float | None,
) -> None:
    """Deploy the lines of MANIFEST.

    They are JSON Lines or CSV, one deployment input a line. The whole manifest is checked before the first deployment.
    "slipway rollout MANIFEST" is short for it.
    """
    is_uploaded = manifest.startswith("s3://")
    if not is_uploaded and not Path(manifest).is_file():
        raise click.UsageError(f"There is no file {manifest}.")
    rollouts = Rollouts(find_target(choice))
    document: dict[str, Any] = {"ManifestUrl": manifest if is_uploaded else rollouts.upload(Path(manifest))}
    if any(value is not None for value in waves.values()):
        document["Waves"] = _waves(waves["first"], waves["max_concurrency"], waves["tolerate"])
    if dry_run:
        document["DryRun"] = True
    arn = rollouts.start(document, datetime.now(UTC))
    name = arn.rpartition(":")[2]
    if wait or dry_run:
        _finish(ctx, rollouts, choice, arn, as_json=as_json)
    elif as_json:
        print_json({"Execution": arn, "Name": name, "Input": document})
    else:
        click.echo(f"Started {name}")
        click.echo(f"Follow it with: slipway rollout status {name} --wait{choice.flags}", err=True)


@command.command("write", epilog="Example: slipway rollout write --upgrade-image sklearn=1.4-2 --where team=a")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=WRITTEN)
@click.option(
    "--upgrade-image", type=pair, metavar="FRAMEWORK=VERSION", help="Deploy endpoints of a framework with this version."
)
@click.option("--where", type=pair, metavar="KEY=VALUE", multiple=True, help="Tag of the endpoints; can be repeated.")
@click.option("--rollback", metavar="ROLLOUT", help="Restore what served before a rollout that has ended.")
@target_options
@json_option
def write(
    file: Path,
    upgrade_image: tuple[str, str] | None,
    where: tuple[tuple[str, str], ...],
    rollback: str | None,
    choice: TargetChoice,
    as_json: bool,
) -> None:
    """Write a manifest that upgrades images or undoes a rollout.

    It is written to FILE (rollout.jsonl), and nothing is started. A new image version is for endpoints whose deployment
    named the framework; --where takes those with a tag.
    """
    if (upgrade_image is None) == (rollback is None):
        raise click.UsageError("Pass either --upgrade-image or --rollback.")
    target = find_target(choice)
    if upgrade_image:
        manifest = manifests.upgrade(target, *upgrade_image, dict(where))
    else:
        rollouts = Rollouts(target)
        manifest = manifests.rollback(target, rollouts.read(rollouts.find(str(rollback))))
    manifest.write(file)
    left_out = [{"EndpointName": name, "Reason": reason} for name, reason in manifest.left_out]
    if as_json:
        print_json({"File": str(file), "Lines": len(manifest.lines), "LeftOut": left_out})
        return
    count = len(manifest.lines)
    click.echo(f"Wrote {file}: {count} line{'' if count == 1 else 's'}")
    for one in left_out:
        click.echo(f"Left out {one['EndpointName']}: {one['Reason']}", err=True)
    click.echo(f"Check it with: slipway rollout {file} --dry-run{choice.flags}", err=True)


@command.command("status", epilog="Example: slipway rollout status fleet-20261101T120000-3f2a --wait")
@click.argument("named", metavar="[ROLLOUT]", required=False)
@wait_option
@click.option(
    "--limit", default=LISTED, show_default=True, type=click.IntRange(1, 200), help="Number of rollouts in the list."
)
@target_options
@json_option
@click.pass_context
def status(ctx: click.Context, named: str | None, wait: bool, limit: int, choice: TargetChoice, as_json: bool) -> None:
    """Show how many lines are deployed and which failed. Without a name, list the newest rollouts."""
    if named is None and wait:
        raise click.UsageError("Pass a rollout.")
    rollouts = Rollouts(find_target(choice))
    if named is None:
        _print_list(rollouts, limit, as_json=as_json)
    elif wait:
        _finish(ctx, rollouts, choice, rollouts.find(named), as_json=as_json)
    else:
        _print(rollouts.read(rollouts.find(named)), as_json=as_json)


@command.command("stop", epilog="Example: slipway rollout stop fleet-20261101T120000-3f2a")
@named_argument
@target_options
@json_option
def stop(named: str, choice: TargetChoice, as_json: bool) -> None:
    """Stop a rollout: no further line starts, and nothing is undone."""
    rollouts = Rollouts(find_target(choice))
    arn = rollouts.find(named)
    if rollouts.read(arn).execution.is_running:
        rollouts.stop(arn)
    _print(rollouts.read(arn), as_json=as_json)


@command.command("redrive", epilog="Example: slipway rollout redrive fleet-20261101T120000-3f2a --wait")
@named_argument
@wait_option
@target_options
@json_option
@click.pass_context
def redrive(ctx: click.Context, named: str, wait: bool, choice: TargetChoice, as_json: bool) -> None:
    """Continue a rollout that failed or was stopped. What did not succeed is deployed, then the later waves."""
    rollouts = Rollouts(find_target(choice))
    arn = rollouts.find(named)
    rollouts.redrive(arn)
    if wait:
        _finish(ctx, rollouts, choice, arn, as_json=as_json)
    else:
        _print(rollouts.read(arn), as_json=as_json)


def _waves(first: float | None, max_concurrency: float | None, tolerate: float | None) -> list[dict[str, Any]]:
    limited = {} if max_concurrency is None else {"MaxConcurrency": int(max_concurrency)}
    rest = {**limited, "ToleratedFailurePercentage": 5 if tolerate is None else tolerate}
    return [{"Count": 5 if first is None else int(first), **limited}, rest]


def _finish(ctx: click.Context, rollouts: Rollouts, choice: TargetChoice, arn: str, *, as_json: bool) -> None:
    """Follow a rollout to its end, print what became of it, and exit."""
    screen, shown = console(err=as_json), ""
    pause = functools.partial(time.sleep, rollouts.target.pause(PAUSE))
    try:
        for rollout in rollouts.watch(arn, pause):
            if rollout.execution.is_running and rollout.progress != shown:
                shown = rollout.progress
                screen.print(plain(f"{length(rollout.execution.seconds()):>12}  {shown}"))
    except KeyboardInterrupt as interrupt:
        again = f"slipway rollout status {arn.rpartition(':')[2]} --wait{choice.flags}"
        raise Interrupted(f"The rollout continues. Watch it again with: {again}") from interrupt
    _print(rollout, as_json=as_json)
    refused = rollout.execution.output.get("Refused", 0) or rollout.execution.explanation
    ctx.exit(FAILED if refused else 0)


def _print(rollout: Rollout, *, as_json: bool) -> None:
    if as_json:
        print_json(rollout_document(rollout))
        return
    screen = console()
    screen.print(plain(f"{rollout.progress}  {length(rollout.execution.seconds())}", "bold"))
    print_labelled(screen, _plan_rows(rollout) if rollout.is_plan else _rows(rollout))


def _plan_rows(rollout: Rollout) -> Iterator[tuple[str, str]]:
    plan = rollout.execution.output
    yield "Lines", f"{plan['Lines']}, of which {plan['Refused']} are refused" if plan["Refused"] else str(plan["Lines"])
    for one in plan["RefusedLines"]:
        yield "Refused", f"line {one['Line']}: {one['Error']}: {one['Message']}"
    yield "Waves", ", ".join(str(wave["Lines"]) for wave in plan["Waves"])
    yield "Instances", ", ".join(f"{kind} x {count}" for kind, count in plan["Instances"].items()) or "none"
    cost = plan["EstimatedCost"]
    yield "Cost", f"about ${cost['PerMonth']:,.2f} a month (prices: {cost['Prices']})" if cost else "unknown"
    for warning in plan["Warnings"]:
        yield "Warning", warning
    yield "Report", plan["ReportUrl"]


def _rows(rollout: Rollout) -> Iterator[tuple[str, str]]:
    yield "Rollout", rollout.execution.name
    said = rollout.execution.explanation
    if said:
        error, message = said["Error"], said.get("Message")
        yield "Error", f"{error}: {message}" if message else error
    for wave in rollout.waves:
        yield f"Wave {wave.number}", wave.progress
    for outcome, count in rollout.results.outcomes.items():
        yield outcome, str(count)
    if rollout.lines is not None and rollout.not_started:
        yield "Not started", f"{rollout.not_started} of {rollout.lines} lines"
    failures = rollout.results.failures
    for one in failures[:SHOWN]:
        why = ": ".join(filter(None, (one["Error"], one["Message"])))
        yield "Failed", f"line {one['Line']}, {one['EndpointName']}: {why}"
    if len(failures) > SHOWN:
        yield "Failed", f"and {len(failures) - SHOWN} more: --json shows all"
    if rollout.hint:
        yield "Hint", rollout.hint


def _print_list(rollouts: Rollouts, limit: int, *, as_json: bool) -> None:
    found = list(islice(rollouts.newest(limit), limit))
    if as_json:
        print_json([rollout_summary(one) for one in found])
        return
    if not found:
        click.echo("No rollout has been started yet: `slipway rollout MANIFEST` starts one.")
        return
    now = datetime.now(UTC)
    rows = [
        (one.name, one.outcome, _counted(one.output), length(one.seconds(now)), f"{age(now - one.started)} ago")
        for one in found
    ]
    print_table(("ROLLOUT", "OUTCOME", "LINES", "TOOK", "STARTED"), rows, right=("TOOK",))


def _counted(output: Any) -> str:
    counts = output.get("Outcomes")
    return ", ".join(f"{count} {name}" for name, count in counts.items()) if counts else str(output.get("Lines", "-"))
