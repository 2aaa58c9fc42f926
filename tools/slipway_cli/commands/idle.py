"""`slipway idle`: which endpoints are not used, why each is or is not idle, and what that costs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from slipway.cleanup.assess import Assessment, Verdict
from slipway.cleanup.delete import Attempt
from slipway.cleanup.policy import MAX_MINUTES, MIN_MINUTES
from slipway.prices.hosting_cost import HOURS_A_MONTH
from slipway_cli.commands.endpoints import PRICES_HELP
from slipway_cli.options import json_option, target_options
from slipway_cli.output.tables import age, print_json, print_table
from slipway_cli.output.terminal import plain
from slipway_cli.sdk.idle import IdleEndpoints, NotAllAssessed, NotAllDeleted, Survey
from slipway_cli.sdk.target import TargetChoice, find_target

COLUMNS = ("ENDPOINT", "VERDICT", "IDLE FOR", "$/HOUR", "$/MONTH", "REASON")
STYLES = {Verdict.IDLE: "bold yellow", Verdict.ACTIVE: "green", Verdict.METRICS_UNKNOWN: "magenta"}
STYLES |= {Verdict.TAG_INVALID: "magenta", Verdict.FAILED: "bold red"}


@click.command("idle", epilog="Example: slipway idle --dry-run --after 120")
@click.option("--dry-run", is_flag=True, help="Only show: do not ask, delete nothing.")
@click.option("--yes", is_flag=True, help="Delete what is idle without asking.")
@click.option(
    "--after",
    type=click.IntRange(MIN_MINUTES, MAX_MINUTES),
    metavar="MINUTES",
    help="The window of endpoints without one of their own; the stack's IdleAfterMinutes otherwise.",
)
@click.option("--prices", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=PRICES_HELP)
@target_options
@json_option
def command(
    choice: TargetChoice, dry_run: bool, yes: bool, after: int | None, prices: Path | None, as_json: bool
) -> None:
    """Assess the stack's endpoints as idle cleanup does, and offer to delete those that are idle.

    Each is assessed once more just before it is deleted. Its model and configuration stay: slipway wake brings it
    back. Costs are estimates from a dated table of on-demand prices.
    """
    override = prices.read_text(encoding="utf-8") if prices else ""
    endpoints = IdleEndpoints(find_target(choice), prices=override, after_minutes=after)
    survey = endpoints.survey()
    if not as_json:
        _show(survey, endpoints)
    gone = [] if dry_run else _delete(survey, endpoints, choice, yes=yes, as_json=as_json)
    if as_json:
        print_json(_as_fields(survey, endpoints, gone))
    if survey.stopped:
        raise NotAllAssessed(f"Not all endpoints were assessed: {survey.stopped} Try again.")
    if failed := [one.name for one in gone if one.error]:
        raise NotAllDeleted(f"{len(failed)} of {len(gone)} idle endpoints could not be deleted: {', '.join(failed)}.")


def _show(survey: Survey, endpoints: IdleEndpoints) -> None:
    if not survey.assessments:
        click.echo("There is no endpoint in scope.", err=True)
        return
    now = datetime.now(UTC)
    print_table(COLUMNS, [_row(one, survey, now) for one in survey.assessments], right=("$/HOUR", "$/MONTH"))
    counts = Counter(str(one.verdict) for one in survey.assessments)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    click.echo(f"\n{counted}. Estimates by prices of {endpoints.prices.as_of}.", err=True)


def _delete(
    survey: Survey, endpoints: IdleEndpoints, choice: TargetChoice, *, yes: bool, as_json: bool
) -> list[Attempt]:
    if not survey.idle:
        return []
    if not yes:
        click.confirm(_question(survey), abort=True, err=True)
    gone = []
    for one in endpoints.delete(survey.idle):
        gone.append(one)
        if not as_json:
            click.echo(_outcome(one, choice))
    if endpoints.unannounced:
        click.echo(f"Not announced: {endpoints.unannounced} The next run of idle cleanup does it.", err=True)
    return gone


def _question(survey: Survey) -> str:
    names = [assessment.name for assessment in survey.idle]
    costs = [survey.costs[name] for name in names if name in survey.costs]
    saved = f", which cost about ${sum(costs):.2f} an hour" if costs else ""
    return f"Delete {len(names)} idle endpoint{'s' if len(names) > 1 else ''}{saved}?"


def _outcome(one: Attempt, choice: TargetChoice) -> str:
    if one.deletion:
        return f"deleted {one.name}; bring it back with: slipway wake {one.name}{choice.flags}"
    return f"left {one.name}: {_left(one)}"


def _left(one: Attempt) -> str:
    return one.left if one.error else f"{one.verdict}: {one.left}"


def _row(assessment: Assessment, survey: Survey, now: datetime) -> tuple[str | Text, ...]:
    hourly = survey.costs.get(assessment.name)
    return (
        assessment.name,
        plain(assessment.verdict, STYLES.get(assessment.verdict, "dim")),
        _idle_for(assessment, now),
        "-" if hourly is None else f"{hourly:.3f}",
        "-" if hourly is None else f"{hourly * HOURS_A_MONTH:.0f}",
        assessment.reason,
    )


def _idle_for(assessment: Assessment, now: datetime) -> str:
    if assessment.idle_since is None:
        return "-"
    return f"{'over ' if assessment.or_earlier else ''}{age(now - assessment.idle_since)}"


def _as_fields(survey: Survey, endpoints: IdleEndpoints, gone: list[Attempt]) -> dict[str, Any]:
    """Return everything under names that stay."""
    return {
        "IdleAfterMinutes": int(endpoints.window.total_seconds() // 60),
        "Prices": endpoints.prices.as_of,
        "Endpoints": [_assessment(one, survey) for one in survey.assessments],
        "Deleted": [{"EndpointName": one.name, "WakeInput": one.deletion.wake_input} for one in gone if one.deletion],
        "Left": [{"EndpointName": one.name, "Reason": _left(one)} for one in gone if not one.deletion],
        "Stopped": survey.stopped,
    }


def _assessment(assessment: Assessment, survey: Survey) -> dict[str, Any]:
    hourly = survey.costs.get(assessment.name)
    return {
        "EndpointName": assessment.name,
        "EndpointArn": assessment.arn,
        "Verdict": str(assessment.verdict),
        "Reason": assessment.reason,
        "IdleSince": assessment.idle_since,
        "IdleSinceOrEarlier": assessment.or_earlier,
        "IdleAfterMinutes": int(assessment.window.total_seconds() // 60) if assessment.window else None,
        "EstimatedCostPerHour": hourly,
        "EstimatedCostPerMonth": None if hourly is None else round(hourly * HOURS_A_MONTH, 2),
    }
