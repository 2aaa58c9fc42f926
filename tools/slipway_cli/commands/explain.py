"""`slipway explain`: why a deployment failed, and what to do."""

from __future__ import annotations

import click

from slipway_cli.options import json_option, target_options
from slipway_cli.output.execution_json import summary
from slipway_cli.output.outcome_view import failure_rows, headline, print_labelled
from slipway_cli.output.tables import print_json
from slipway_cli.output.terminal import console, plain
from slipway_cli.sdk.explanations import Explained, explain
from slipway_cli.sdk.target import TargetChoice, find_target

EPILOG = "Example: slipway explain my-endpoint"


@click.command("explain", epilog=EPILOG)
@click.argument("named", metavar="EXECUTION|ENDPOINT")
@target_options
@json_option
def command(named: str, choice: TargetChoice, as_json: bool) -> None:
    """Say why an execution, or the last one of an endpoint that failed, did so, and what to do.

    The named error, SageMaker's message, the remedy, the container's last log lines, and what was removed.
    """
    found = explain(find_target(choice), named)
    if as_json:
        print_json(_document(found))
    elif found.explanation:
        _print(found)
    else:
        click.echo(_nothing_failed(found))


def _print(found: Explained) -> None:
    screen = console()
    if found.execution:
        screen.print(headline(found.execution))
    elif found.endpoint:
        screen.print(
            plain(f"{found.explanation['Error']}: the endpoint {found.endpoint.name} is {found.endpoint.status}")
        )
    rows = list(failure_rows(found.explanation))
    if found.execution:
        rows.append(("Execution", found.execution.name))
    print_labelled(screen, rows)


def _nothing_failed(found: Explained) -> str:
    if found.endpoint:
        return f"Nothing to explain: the endpoint {found.endpoint.name} is {found.endpoint.status}."
    assert found.execution
    if found.execution.is_running:
        return (
            f"Nothing to explain yet: {found.execution.name} is in {found.execution.current_state or 'its beginning'}."
        )
    return f"Nothing to explain: {found.execution.name} ended as {found.execution.outcome}."


def _document(found: Explained) -> dict[str, object]:
    execution = summary(found.execution) if found.execution else None
    endpoint = {"EndpointName": found.endpoint.name, "Status": found.endpoint.status} if found.endpoint else None
    return {"Execution": execution, "Endpoint": endpoint, "Explanation": dict(found.explanation) or None}
