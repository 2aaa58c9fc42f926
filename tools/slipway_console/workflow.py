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
LINE_BREAK = "<br/>"  # between the labels of transitions that are drawn as one


class Kind(Enum):
    """Why a workflow goes from one state to the next."""

    NEXT = "next"
    CHOICE = "choice"
    CATCH = "catch"


@dataclass(frozen=True)
class Transition:
    """A transition from one state to another; `label` can be empty."""

    source: str
    target: str
    kind: Kind
    label: str = ""


@dataclass(frozen=True)
class Workflow:
    """States and transitions in the order of the definition."""

    start: str
    states: dict[str, State]
    transitions: tuple[Transition, ...]

    @property
    def rescue(self) -> str | None:
        """The state that most Tasks go to when they fail: the first of the failure path."""
        caught = Counter(transition.target for transition in self.transitions if transition.kind is Kind.CATCH)
        return caught.most_common(1)[0][0] if caught else None

    @property
    def main_path(self) -> list[str]:
        """The states of executions that do not fail."""
        found = self._reachable(self.start, {self.rescue} if self.rescue else set())
        return [name for name in self.states if name in found]

    @property
    def failure_path(self) -> list[str]:
        """The states of failing executions only."""
        main = set(self.main_path)
        return [name for name in self.states if name not in main]

    def _reachable(self, start: str, without: Collection[str]) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += [
                    transition.target
                    for transition in self.transitions
                    if transition.source == name and transition.target not in without
                ]
        return seen


def read_workflow(text: str) -> Workflow:
    """Return the workflow. Raises `KeyError` for a definition without StartAt or States."""
    definition = yaml.safe_load(text)
    states: dict[str, State] = definition["States"]
    transitions = tuple(transition for name, state in states.items() for transition in _transitions(name, state))
    return Workflow(definition["StartAt"], states, transitions)


def _transitions(name: str, state: State) -> Iterator[Transition]:
    if "Next" in state:
        yield Transition(name, state["Next"], Kind.NEXT)
    rules = state.get("Choices", [])
    for rule in rules:
        yield Transition(name, rule["Next"], Kind.CHOICE, rule_label(rule, alone=len(rules) == 1))
    if "Default" in state:
        yield Transition(name, state["Default"], Kind.CHOICE, default_label(rules))
    for catcher in state.get("Catch", []):
        yield Transition(name, catcher["Next"], Kind.CATCH)


def drawn_states(workflow: Workflow) -> list[str]:
    """Return the states that a picture shows, in the order they are written."""
    return [name for name, state in workflow.states.items() if state["Type"] != "Pass"]


def drawn_transitions(workflow: Workflow) -> list[Transition]:
    """Return the transitions between those states, without Pass states and without the Catch of every Task."""
    return list(_merged(_past_passes(workflow)))


def _past_passes(workflow: Workflow) -> Iterator[Transition]:
    main = set(workflow.main_path)
    for transition in workflow.transitions:
        framed = transition.kind is Kind.CATCH and transition.target == workflow.rescue and transition.source in main
        if not framed and workflow.states[transition.source]["Type"] != "Pass":
            yield Transition(
                transition.source, _next_drawn(workflow, transition.target), transition.kind, transition.label
            )


def _next_drawn(workflow: Workflow, name: str) -> str:
    while workflow.states[name]["Type"] == "Pass":
        name = workflow.states[name]["Next"]
    return name


def _merged(transitions: Iterable[Transition]) -> Iterator[Transition]:
    labels: dict[tuple[str, str], list[str]] = {}
    for transition in transitions:
        labels.setdefault((transition.source, transition.target), []).append(transition.label)
    for (source, target), found in labels.items():
        yield Transition(source, target, Kind.NEXT, LINE_BREAK.join(dict.fromkeys(label for label in found if label)))


def rule_label(rule: Rule, *, alone: bool) -> str:
    """Return the rule's own Comment, else the error it names, else the values it compares with, else an answer."""
    if "Comment" in rule:
        return str(rule["Comment"])
    error = failure_label(rule)
    if error is not None:
        return error
    # A value of an inequality is not a label.
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
