"""JSONata as Step Functions evaluates it, on virtual time.

The parser and the evaluator are those that the engine uses; null and undefined are kept apart, as AWS does.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from random import Random
from typing import Any

from jsonata.functions import Functions  # type: ignore[import-untyped]
from jsonata.jsonata import Jsonata  # type: ignore[import-untyped]
from jsonata.utils import Utils  # type: ignore[import-untyped]

from tests.workflow.failures import TaskError

Path = tuple[str, ...]
EVALUATION_FAILED = "States.QueryEvaluationError"


class Evaluator:
    """Evaluates values of the definition: a string within {% and %} is an expression, all else is itself."""

    def __init__(self, now: Callable[[], datetime], random: Random) -> None:
        self._now = now
        self._random = random

    def value(self, template: Any, variables: Mapping[str, Any], states: Mapping[str, Any]) -> Any:
        """Return a template's value. Raises `TaskError` States.QueryEvaluationError."""
        if isinstance(template, str) and template.startswith("{%"):
            assert template.endswith("%}"), template
            return self._evaluate(template[2:-2].strip(), {**variables, "states": states})
        if isinstance(template, dict):
            return {key: self.value(member, variables, states) for key, member in template.items()}
        if isinstance(template, list):
            return [self.value(item, variables, states) for item in template]
        return template

    def _evaluate(self, expression: str, bindings: Mapping[str, Any]) -> Any:
        read = json.dumps(_selected(bindings, _paths(expression)))
        changing = self._changing()
        if changing.keys() & _names(expression):
            return json.loads(_evaluated(expression, read, {**CONSTANT, **changing}))
        return json.loads(_evaluated_once(expression, read))

    def _changing(self) -> dict[str, Callable[..., Any]]:
        """Return the functions whose answers are not only of their arguments."""
        millis = round(self._now().timestamp() * 1000)
        return {
            "millis": lambda: millis,
            "now": lambda picture=None, timezone=None: Functions.datetime_from_millis(millis, picture, timezone),
            "uuid": lambda: str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "random": lambda seed=None: (self._random if seed is None else Random(math.floor(seed))).random(),
        }


CONSTANT: dict[str, Callable[..., Any]] = {
    "parse": json.loads,
    "hash": lambda text, algorithm: hashlib.new(algorithm.replace("-", ""), text.encode()).hexdigest(),
    "range": lambda first, last, step: list(range(first, last + (1 if step > 0 else -1), step)),
    "partition": lambda items, size: [items[start : start + size] for start in range(0, len(items), size)],
}


# Most executions of a test run are alike until one call of theirs fails: their expressions are a fifth of its time.
@lru_cache(maxsize=20_000)
def _evaluated_once(expression: str, bindings: str) -> str:
    return _evaluated(expression, bindings, CONSTANT)


def _evaluated(expression: str, bindings: str, functions: Mapping[str, Callable[..., Any]]) -> str:
    """Return an expression's value as JSON. Raises `TaskError` States.QueryEvaluationError."""
    parsed = _parsed(expression)
    for name in functions.keys() & _names(expression):
        parsed.register_lambda(name, functions[name])
    try:
        found = parsed.evaluate(None, {name: _with_nulls(value) for name, value in json.loads(bindings).items()})
    except Exception as error:  # whatever the evaluator refuses has one name in Step Functions
        raise TaskError(EVALUATION_FAILED, f"{expression}: {error}") from error
    if found is None:
        raise TaskError(EVALUATION_FAILED, f"JSONata expression did not return a result: {expression}")
    try:
        return json.dumps(Utils.convert_nulls(found))
    except TypeError as error:
        raise TaskError(EVALUATION_FAILED, f"{expression} is no JSON: {error}") from error


class _Jsonata(Jsonata):  # type: ignore[misc]
    """The library's `=` converts integers to doubles, and raises OverflowError for one that is larger than any."""

    def evaluate_equality_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        return super().evaluate_equality_expression(_as_double(lhs), _as_double(rhs), op)


def _as_double(value: Any) -> Any:
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        return math.inf if value > 0 else -math.inf
    return value


@cache
def _parsed(expression: str) -> Jsonata:
    assert "$eval" not in expression, "Step Functions has no $eval"
    parsed = _Jsonata(expression)
    parsed.set_output_convert_nulls(False)
    return parsed


@cache
def _names(expression: str) -> frozenset[str]:
    return frozenset(path[0] for path in _paths(expression))


@cache
def _paths(expression: str) -> tuple[Path, ...]:
    """Return what an expression reads of its bindings: each name with the members that follow it."""
    return tuple({tuple(path.split(".")) for path in re.findall(r"\$(\w+(?:\.[A-Za-z]\w*)*)", expression)})


def _selected(value: Any, paths: Iterable[Path]) -> Any:
    """Return those members of a value, so that equal reads of different bindings are found equal."""
    if not isinstance(value, Mapping) or () in paths:
        return value
    rests: dict[str, list[Path]] = {}
    for path in paths:
        rests.setdefault(path[0], []).append(path[1:])
    return {name: _selected(value[name], rest) for name, rest in rests.items() if name in value}


def _with_nulls(value: Any) -> Any:
    """Return a copy in which null is not undefined."""
    if isinstance(value, dict):
        return {key: _with_nulls(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_nulls(item) for item in value]
    return Utils.NULL_VALUE if value is None else value
