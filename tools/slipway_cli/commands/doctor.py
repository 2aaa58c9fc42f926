"""`slipway doctor`: what is wrong with the stack and its account; with --probe, what AWS does that no document says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from slipway_cli.doctor.assumptions import ASSUMPTIONS, Assumption, cost_of
from slipway_cli.doctor.checks import Result, Status, examine
from slipway_cli.doctor.lab import Lab
from slipway_cli.doctor.probing import (
    CONFIRMED,
    Finding,
    ProbesNotConfirmed,
    new_report,
    run_probes,
    written,
)
from slipway_cli.options import json_option, target_options
from slipway_cli.output.tables import print_json, print_table
from slipway_cli.output.terminal import console, plain
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target, TargetChoice, find_target

STYLES = {"OK": "green", "Confirmed": "green", "Warning": "yellow", "Inconclusive": "yellow"}
BAD = "bold red"
KEYS = [one.key for one in ASSUMPTIONS]


class ChecksFailed(ClientError):
    """At least one check failed."""


@click.command("doctor", epilog="Example: slipway doctor --probe --only not-found-texts")
@click.option("--subnet", "subnets", multiple=True, metavar="ID", help="A subnet of a VpcConfig to check; repeatable.")
@click.option("--probe", is_flag=True, help="Run probes, which create resources and cost money.")
@click.option("--only", multiple=True, type=click.Choice(KEYS), metavar="ID", help="With --probe: these; repeatable.")
@click.option("--list", "listed", is_flag=True, help="List the probes with their cost, and run none.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="With --probe: the file to write.")
@click.option("--yes", is_flag=True, help="With --probe: do not ask.")
@target_options
@json_option
def command(
    choice: TargetChoice,
    subnets: tuple[str, ...],
    probe: bool,
    only: tuple[str, ...],
    listed: bool,
    report: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Check the stack and its account by reading: template, roles, quotas, images, keys, alarms.

    With --probe it asks AWS what no document settles. Probes create resources named slipway-probe-*, delete them at
    the end, and write a report without account ids that can be sent to the project.
    """
    chosen = [one for one in ASSUMPTIONS if not only or one.key in only]
    if listed:
        _list(chosen, as_json=as_json)
    elif probe:
        _probe(find_target(choice), chosen, report, yes=yes, as_json=as_json)
    else:
        _check(find_target(choice), subnets, as_json=as_json)


def _list(chosen: list[Assumption], *, as_json: bool) -> None:
    if as_json:
        print_json([{"Id": one.key, "Assumption": one.assumption, "Cost": cost_of([one])} for one in chosen])
        return
    rows = [(one.key, f"{cost_of([one]):.2f}", one.assumption) for one in chosen]
    print_table(("ID", "$", "ASSUMPTION"), rows, right=("$",), whole=("ID",))
    click.echo(f"\n{len(chosen)} probes; together about ${cost_of(chosen):.2f}.", err=True)


def _check(target: Target, subnets: tuple[str, ...], *, as_json: bool) -> None:
    results = []
    for result in examine(target, subnets):
        results.append(result)
        if not as_json:
            _show(result)
    if as_json:
        print_json([_as_fields(one) for one in results])
    counts = Counter(str(one.status) for one in results)
    if counts[Status.FAILED]:
        raise ChecksFailed(f"{counts[Status.FAILED]} of {len(results)} checks failed.")


def _show(result: Result) -> None:
    screen = console()
    screen.print(plain(f"{result.status:<8}", STYLES.get(result.status, BAD)), plain(f"{result.check}: {result.says}"))
    if result.to_do:
        screen.print(plain(f"{'':<9}{result.to_do}"))


def _as_fields(result: Result) -> dict[str, str]:
    return {"Check": result.check, "Status": result.status, "Says": result.says, "ToDo": result.to_do}


def _probe(target: Target, chosen: list[Assumption], file: Path | None, *, yes: bool, as_json: bool) -> None:
    if not yes:
        where = "the local stack" if target.is_local else f"the account, in {target.region}"
        question = f"Run {len(chosen)} probes in {where}? They cost about ${cost_of(chosen):.2f}."
        click.confirm(question, abort=True, err=True)
    report = new_report(target)
    file = file or Path(f"slipway-probes-{report.started:%Y%m%d-%H%M%S}.json")
    try:
        lab = Lab(target, _say)
        for number, finding in enumerate(run_probes(chosen, report, lab, _say), 1):
            if not as_json:
                _show_finding(finding, f"{number}/{len(chosen)}")
    finally:
        fields = report.as_fields()
        file.write_text(json.dumps(fields, indent=2, default=written) + "\n", encoding="utf-8")
        _say(f"wrote {file}")
    if as_json:
        print_json(fields)
    others = [found.assumption.key for found in report.findings if found.verdict != CONFIRMED]
    if report.left:
        raise ProbesNotConfirmed(f"These were not deleted and may cost money: {'; '.join(report.left)}")
    if others:
        raise ProbesNotConfirmed(f"{len(others)} of {len(report.findings)} are not as assumed: {', '.join(others)}.")


def _show_finding(finding: Finding, number: str) -> None:
    says = f"{number} {finding.assumption.key}: {finding.answer}" if finding.answer else f"{finding.assumption.key}:"
    screen = console()
    screen.print(plain(f"{finding.verdict:<13}", STYLES.get(finding.verdict, BAD)), plain(says))
    if finding.verdict != CONFIRMED:
        screen.print(plain(f"{'':<14}{finding.detail}"))


def _say(text: str) -> None:
    click.echo(text, err=True)
