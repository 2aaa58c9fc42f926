"""Read a state machine's definition (Amazon States Language, YAML) as states and the ways between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import yaml

from workflow_diagram.labels import default_label, rule_label

State = dict[str, Any]


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
