"""A state machine's definition (Amazon States Language, YAML) as states, transitions and labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import yaml

State = dict[str, Any]
Rule = dict[str, Any]

LITERAL = re.compile(r"'([^']*)'")
LINE_BREAK = "<br/>"  # between the labels of ways that became one


class Kind(Enum):
    """Why a workflow goes from one state to the next."""

    NEXT = "next"
    CHOICE = "choice"
    CATCH = "catch"


@dataclass(frozen=True)
class Way:
    """A way from one state to another; `label` is empty where there is nothing to say."""

    source: str
    target: str
    kind: Kind
    label: str = ""


@dataclass(frozen=True)
class Workflow:
    """States in the order they are written, and the ways between them, likewise."""

    start: str
    states: dict[str, State]
    ways: tuple[Way, ...]

    @property
    def rescue(self) -> str | None:
        """The state that most Tasks go to when they fail: the first of the failure path."""
        caught = Counter(way.target for way in self.ways if way.kind is Kind.CATCH)
        return caught.most_common(1)[0][0] if caught else None

    @property
    def main_path(self) -> list[str]:
        """The states that an execution may go through without failing."""
        found = self._reachable(self.start, {self.rescue} if self.rescue else set())
        return [name for name in self.states if name in found]

    @property
    def failure_path(self) -> list[str]:
        """The states that only a failing execution goes through."""
        main = set(self.main_path)
        return [name for name in self.states if name not in main]

    def _reachable(self, start: str, without: Collection[str]) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += [way.target for way in self.ways if way.source == name and way.target not in without]
        return seen


def read_workflow(text: str) -> Workflow:
    """Return the workflow. Raises `KeyError` for a definition without StartAt or States."""
    definition = yaml.safe_load(text)
    states: dict[str, State] = definition["States"]
    ways = tuple(way for name, state in states.items() for way in _ways(name, state))
    return Workflow(definition["StartAt"], states, ways)


def _ways(name: str, state: State) -> Iterator[Way]:
    if "Next" in state:
        yield Way(name, state["Next"], Kind.NEXT)
    rules = state.get("Choices", [])
    for rule in rules:
        yield Way(name, rule["Next"], Kind.CHOICE, rule_label(rule, alone=len(rules) == 1))
    if "Default" in state:
        yield Way(name, state["Default"], Kind.CHOICE, default_label(rules))
    for catcher in state.get("Catch", []):
        yield Way(name, catcher["Next"], Kind.CATCH)


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


def rule_label(rule: Rule, *, alone: bool) -> str:
    """Return the rule's own Comment, else the error it names, else the values it compares with, else an answer."""
    if "Comment" in rule:
        return str(rule["Comment"])
    error = failure_label(rule)
    if error is not None:
        return error
    # What a value must not be says nothing about what it is.
    values = [] if "!=" in rule["Condition"] else [value for value in LITERAL.findall(rule["Condition"]) if value]
    return " or ".join(values) or ("yes" if alone else "")


def default_label(rules: Sequence[Rule]) -> str:
    """Return what is left when no rule applies."""
    return "no" if len(rules) == 1 and rule_label(rules[0], alone=True) == "yes" else "otherwise"


def failure_label(rule: Rule) -> str | None:
    """Return the error that a rule assigns: empty where it is an expression, None where there is none."""
    assigned = [value for value in rule.get("Assign", {}).values() if isinstance(value, dict)]
    errors = [str(value["Error"]) for value in assigned if "Error" in value]
    return next(("" if error.startswith("{%") else error for error in errors), None)
