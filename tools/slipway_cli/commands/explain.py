"""`slipway explain`: why a deployment failed, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from slipway_cli.options import json_option, target_options
from slipway_cli.output.execution_json import summary
from slipway_cli.output.outcome_view import failure_rows, headline, print_labelled
from slipway_cli.output.tables import age, print_json
from slipway_cli.output.terminal import console, plain
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.explanations import Explained, explain
from slipway_cli.sdk.target import TargetChoice, find_target

MAX_LATER = 5  # deployments shown
EPILOG = "Example: slipway explain my-endpoint"


@click.command("explain", epilog=EPILOG)
@click.argument("named", metavar="EXECUTION|ENDPOINT")
@target_options
@json_option
def command(named: str, choice: TargetChoice, as_json: bool) -> None:
    """Say why an execution, or the last one of an endpoint that failed, did so, and what to do.

    The named error, SageMaker's message, the remedy, log lines of the container, what was removed, when it happened,
    and what was deployed since.
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
        rows += [("Execution", found.execution.name), *_since(found, found.execution)]
    print_labelled(screen, rows)


def _since(found: Explained, execution: Execution) -> Iterator[tuple[str, str]]:
    """Yield when it happened, the deployments after it, and what the endpoint is now."""
    ended = execution.stopped or execution.started
    yield "When", f"{_moment(ended)}, {age(datetime.now(UTC) - ended)} ago"
    if not execution.endpoint_name:
        return
    for later in found.later[:MAX_LATER]:
        yield "Since then", f"{later.outcome} by {later.name}, started {_moment(later.started)}"
    if not found.later:
        yield "Since then", f"no other deployment of {execution.endpoint_name}"
    now = found.endpoint
    yield "Endpoint", f"{now.status} with {now.config_name}" if now else f"there is no {execution.endpoint_name} now"


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


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
    later = [summary(one) for one in found.later]
    return {
        "Execution": execution,
        "Endpoint": endpoint,
        "Explanation": dict(found.explanation) or None,
        "Since": later,
    }
