"""The JSONata of the workflow: what an expression reads, and what is known when a state is entered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonata.jsonata import Jsonata  # type: ignore[import-untyped]

from tests.conventions.project import Json

# A state's own context (Step Functions developer guide, "Transforming data with JSONata").
CONTEXT = "states"
# Functions that Step Functions adds to JSONata's; it takes $eval away.
ADDED = {"partition", "range", "hash", "random", "uuid", "parse"}

Known = frozenset[str]


def expressions_in(value: Any) -> Iterator[str]:
    """Yield the JSONata expressions in a value of the definition: strings within {% and %}."""
    if isinstance(value, dict):
        yield from (found for member in value.values() for found in expressions_in(member))
    elif isinstance(value, list):
        yield from (found for item in value for found in expressions_in(item))
    elif isinstance(value, str) and value.startswith("{%"):
        assert value.endswith("%}"), value
        yield value.removeprefix("{%").removesuffix("%}")


def variables_in(expression: str) -> tuple[set[str], set[str]]:
    """Return the variables that an expression reads and the functions that it calls, without the $."""
    read: set[str] = set()
    called: set[str] = set()
    bound: set[str] = set()
    for node, is_call in _nodes(Jsonata(expression).ast):
        if node.type == "variable":
            (called if is_call else read).add(node.value)
        if node.type == "bind":
            bound.add(node.lhs.value)
        if node.type == "lambda":
            bound |= {argument.value for argument in node.arguments}
    return read - bound - {CONTEXT, "", "$"}, called - bound


def variables_of(value: Any) -> set[str]:
    """Return the variables that all expressions in a value read."""
    return {name for expression in expressions_in(value) for name in variables_in(expression)[0]}


def _nodes(node: Any, is_call: bool = False) -> Iterator[tuple[Any, bool]]:
    if isinstance(node, list | tuple):
        for item in node:
            yield from _nodes(item)
    elif hasattr(node, "type") and hasattr(node, "value"):
        yield node, is_call
        for field, child in vars(node).items():
            if not field.startswith("_outer") and field != "ancestor":
                yield from _nodes(child, field == "procedure")


def ways_out(state: Json) -> Iterator[tuple[str, set[str]]]:
    """Yield the states that may come next, with what is assigned on the way there."""
    for rule in state.get("Choices", []) + state.get("Catch", []):
        yield rule["Next"], set(rule.get("Assign", {}))
    for field in ("Next", "Default"):
        if field in state:
            yield state[field], set(state.get("Assign", {}))


def known_on_entry(definition: Json) -> dict[str, Known]:
    """Return for every state that can be reached the variables that every way to it has assigned."""
    known: dict[str, Known] = {definition["StartAt"]: frozenset()}
    waiting = [definition["StartAt"]]
    while waiting:
        name = waiting.pop()
        for target, assigned in ways_out(definition["States"].get(name, {})):
            here = known[name] | assigned
            there = known[target] & here if target in known else here
            if known.get(target) != there:
                known[target] = there
                waiting.append(target)
    return known
