"""The subset of JSONPath that DataProcessing has.

DG "Associate Prediction Results with Input Records", Supported JSONPath Operators: the root, a name, a wildcard, names
or numbers in brackets, and a slice; API, DataProcessing.OutputFilter: numbers and slices together, `$[0,5:]`. The
guide's examples include the end of a slice ("`$[1:4]` specifies the second through fifth columns").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

STEP = re.compile(r"\.(?P<name>[\w-]+|\*)|\.?\[(?P<inside>(?:'[^']*'|[^\]'])*)\]")
NAME = re.compile(r"'([^']*)'")
NUMBER = re.compile(r"-?\d+")
SLICE = re.compile(r"(-?\d+)?:(-?\d+)?")


class PathInvalid(ValueError):
    """The expression is not one that batch transform supports."""


class NotFound(LookupError):
    """The value has nothing at the path."""


class Slice(NamedTuple):
    """A part of a list, its end included; None is the list's own end."""

    start: int | None
    end: int | None


Key = str | int | Slice
WILDCARD = "*"


class Step(NamedTuple):
    """One step: the children that it selects; `is_many` says that what it yields is a list, or an object, of them."""

    keys: tuple[Key, ...]
    is_many: bool


class JsonPath:
    """A parsed expression."""

    def __init__(self, expression: str) -> None:
        self.steps = tuple(_steps(expression))

    @property
    def is_root(self) -> bool:
        """Say whether it selects everything."""
        return not self.steps

    @property
    def has_only_numbers(self) -> bool:
        """Say whether it can be applied to a row of CSV."""
        return len(self.steps) <= 1 and not any(isinstance(key, str) for step in self.steps for key in step.keys)

    def select(self, value: Any) -> Any:
        """Return what the path selects. Raises `NotFound`."""
        selected, is_many = [value], False
        for step in self.steps:
            if step.keys == (WILDCARD,):
                selected, is_many = [child for one in selected for child in _all_of(one)], True
            elif step.is_many and all(isinstance(key, str) for key in step.keys):
                selected = [{str(key): _child(one, key) for key in step.keys} for one in selected]
            elif step.is_many:
                children = [child for one in selected for key in step.keys for child in _elements(one, key)]
                selected, is_many = children, True
            else:
                selected = [_child(one, step.keys[0]) for one in selected]
        return selected if is_many else selected[0]


def _steps(expression: str) -> Iterator[Step]:
    if not expression.startswith("$"):
        raise PathInvalid(f"{expression!r} does not begin with $.")
    position = 1
    while position < len(expression):
        found = STEP.match(expression, position)
        if found is None:
            raise PathInvalid(f"{expression!r} is not supported from {expression[position:]!r} on.")
        yield Step((found["name"],), is_many=False) if found["name"] else _bracket(found["inside"], expression)
        position = found.end()


def _bracket(inside: str, expression: str) -> Step:
    if inside.strip() == WILDCARD:
        return Step((WILDCARD,), is_many=False)
    keys = tuple(_key(item.strip(), expression) for item in re.split(r",(?=(?:[^']*'[^']*')*[^']*$)", inside))
    if len({isinstance(key, str) for key in keys}) > 1:
        raise PathInvalid(f"{expression!r} mixes names and numbers in one pair of brackets.")
    return Step(keys, is_many=len(keys) > 1 or isinstance(keys[0], Slice))


def _key(item: str, expression: str) -> Key:
    if found := NAME.fullmatch(item):
        return found[1]
    if NUMBER.fullmatch(item):
        return int(item)
    if found := SLICE.fullmatch(item):
        return Slice(*(None if end is None else int(end) for end in found.groups()))
    raise PathInvalid(f"{expression!r} is not supported: [{item}].")


def _all_of(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return value
    raise NotFound(WILDCARD)


def _child(value: Any, key: Key) -> Any:
    if isinstance(key, str):
        if not isinstance(value, dict) or key not in value:
            raise NotFound(key)
        return value[key]
    return _elements(value, key)[0]


def _elements(value: Any, key: Key) -> list[Any]:
    if not isinstance(value, list):
        raise NotFound(str(key))
    if isinstance(key, Slice):
        end = key.end if key.end in {None, -1} else int(key.end or 0) + 1
        return value[key.start : None if end == -1 else end]
    if not isinstance(key, int) or not -len(value) <= key < len(value):
        raise NotFound(str(key))
    return [value[key]]
