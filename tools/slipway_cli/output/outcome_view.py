"""The outcome of an execution: what serves now, or the error and its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from slipway_cli.output.terminal import plain
from slipway_cli.sdk.durations import length
from slipway_cli.sdk.endpoints import Endpoint
from slipway_cli.sdk.executions import Execution

FIELDS = {"EndpointConfigName": "Config", "ModelName": "Model", "ImageUri": "Image"}
RESOURCES = ("Removed", "Kept", "Restored")


def print_outcome(screen: Console, execution: Execution, endpoint: Endpoint | None = None) -> None:
    """Print the outcome or the progress of an execution, and the state of its endpoint, where that is known."""
    rows = list(failure_rows(execution.explanation) if execution.explanation else _success(execution))
    if endpoint:
        rows.append(("Endpoint", f"{endpoint.status} with {endpoint.config_name}"))
    if screen.is_terminal:
        screen.print()
    screen.print(headline(execution))
    print_labelled(screen, rows)


def print_labelled(screen: Console, rows: Iterable[tuple[str, str]]) -> None:
    """Print lines of a label and a text, which is untrusted.

    On a terminal a repeated label is left out; in a pipe each line has it, for `grep`.
    """
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    last = ""
    for label, value in rows:
        repeats = label == last and screen.is_terminal
        table.add_row("" if repeats else f"  {label}", plain(value, "bold" if label == "Hint" else ""))
        last = label
    screen.print(table)


def headline(execution: Execution) -> Text:
    """Return the outcome, of which endpoint, and how long it took."""
    name, took = execution.endpoint_name or execution.name, length(execution.seconds())
    if execution.is_running:
        return Text.assemble((f"{execution.current_state or 'Starting'} ", "bold"), plain(name), f", {took} so far")
    if execution.explanation:
        error = str(execution.explanation.get("Error") or execution.status)
        return Text.assemble(plain(error, "bold red"), f": the deployment of {name} failed after {took}")
    return Text.assemble((execution.outcome, "bold green"), " ", plain(name, "bold"), f" in {took}")


def _success(execution: Execution) -> Iterator[tuple[str, str]]:
    output = execution.output
    for field, label in FIELDS.items():
        if output.get(field):
            yield label, str(output[field])
    for one in output.get("InferenceComponents") or []:
        copies = f"{one['CopyCount']} {'copy' if one['CopyCount'] == 1 else 'copies'}"
        yield "Component", f"{one['InferenceComponentName']}: {one['Action']}, {copies} of {one['ModelName']}"
    yield from _samples(output)
    yield from _traffic(output)
    yield from _resources(output)
    yield from _warnings(output)
    if execution.outcome == "Superseded":
        yield "Note", "A newer deployment of this endpoint is in place; nothing of this deployment is left."


def failure_rows(explanation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the workflow's explanation of a failure: message, hint, log lines, resources, warnings."""
    yield "Message", str(explanation.get("Message", ""))
    if explanation.get("Hint"):
        yield "Hint", str(explanation["Hint"])
    yield from _samples(explanation)
    yield from _traffic(explanation)
    yield from (("Log", str(line)) for line in explanation.get("LogTail") or [])
    yield from _resources(explanation.get("Resources") or {})
    yield from _warnings(explanation)


def _samples(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    test = about.get("SmokeTest") or {}
    if candidate := test.get("Candidate"):
        cost = candidate.get("EstimatedCost")
        price = "" if cost is None else f", for about ${cost:.4f}"
        yield "Candidate", f"tested before traffic: {length(candidate['Seconds'])}{price}"
    for sample in test.get("Samples") or []:
        latency = sample.get("Latency")
        took = f"median {latency['Median']} ms, p95 {latency['P95']} ms" if latency else ""
        took = took or f"{sample['LatencyMilliseconds']} ms"
        line = f"{sample['Verdict']} {sample['Sample']}: {sample['Status'] or 'no answer'}, {took}"
        yield "Sample", f"{line}; {sample['Difference']}" if sample["Difference"] else line


def _traffic(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    analysis = about.get("TrafficAnalysis") or {}
    for variant in analysis.get("Variants") or []:
        why = f"; {variant['Message']}" if variant["Message"] else ""
        yield "Traffic", f"{variant['Verdict']} {variant['VariantName']}{why}"
        yield from (("Traffic", f"{which.lower()}: {_fleet(variant[which])}") for which in ("Old", "New"))


def _fleet(fleet: Mapping[str, Any]) -> str:
    latencies = (fleet["MedianLatencyMs"], fleet["P95LatencyMs"])
    median, p95 = ("-" if latency is None else f"{latency:g} ms" for latency in latencies)
    counts = f"{fleet['Invocations']} invocations, {fleet['Errors4XX']} 4xx, {fleet['Errors5XX']} 5xx"
    return f"{counts}, {fleet['ModelErrors']} model errors, median {median}, p95 {p95}"


def _resources(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for label in RESOURCES:
        if resources.get(label):
            yield label, ", ".join(map(str, resources[label]))


def _warnings(ended: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("Caution", str(warning)) for warning in ended.get("Warnings") or [])
