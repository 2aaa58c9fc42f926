"""What a picture of a workflow shows: every state but Pass, which only keeps the books, and every way once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workflow_diagram.workflow import Kind, Way, Workflow

LINE_BREAK = "<br/>"  # between the labels of ways that became one


def drawn_states(workflow: Workflow) -> list[str]:
    """Return the states that a picture shows, in the order they are written."""
    return [name for name, state in workflow.states.items() if state["Type"] != "Pass"]


def drawn_ways(workflow: Workflow) -> list[Way]:
    """Return the ways between those states, past the Pass states; any error's way to the failure path is left out."""
    return list(_merged(_past_passes(workflow)))


def _past_passes(workflow: Workflow) -> Iterator[Way]:
    main = set(workflow.main_path)
    for way in workflow.ways:
        framed = way.kind is Kind.CATCH and way.target == workflow.rescue and way.source in main
        if not framed and workflow.states[way.source]["Type"] != "Pass":
            yield Way(way.source, _next_drawn(workflow, way.target), way.kind, way.label)


def _next_drawn(workflow: Workflow, name: str) -> str:
    while workflow.states[name]["Type"] == "Pass":
        name = workflow.states[name]["Next"]
    return name


def _merged(ways: Iterable[Way]) -> Iterator[Way]:
    labels: dict[tuple[str, str], list[str]] = {}
    for way in ways:
        labels.setdefault((way.source, way.target), []).append(way.label)
    for (source, target), found in labels.items():
        yield Way(source, target, Kind.NEXT, LINE_BREAK.join(dict.fromkeys(label for label in found if label)))
