"""JSONata as Step Functions evaluates it, on virtual time.

The parser and the evaluator are those that the engine uses; null and undefined are kept apart, as AWS does.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from jsonata.functions import Functions  # type: ignore[import-untyped]
from jsonata.jsonata import Jsonata  # type: ignore[import-untyped]
from jsonata.utils import Utils  # type: ignore[import-untyped]

from tests.workflow.failures import TaskError

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
        parsed, names = _parsed(expression), _names(expression)
        functions = self._functions()
        for name in functions.keys() & names:
            parsed.register_lambda(name, functions[name])
        try:
            read = bindings.keys() & names
            found = parsed.evaluate(None, {name: _with_nulls(bindings[name]) for name in read})
        except Exception as error:  # whatever the evaluator refuses has one name in Step Functions
            raise TaskError(EVALUATION_FAILED, f"{expression}: {error}") from error
        if found is None:
            raise TaskError(EVALUATION_FAILED, f"JSONata expression did not return a result: {expression}")
        return _as_json(Utils.convert_nulls(found), expression)

    def _functions(self) -> dict[str, Callable[..., Any]]:
        millis = round(self._now().timestamp() * 1000)
        return {
            "millis": lambda: millis,
            "now": lambda picture=None, timezone=None: Functions.datetime_from_millis(millis, picture, timezone),
            "uuid": lambda: str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "random": lambda seed=None: (self._random if seed is None else Random(math.floor(seed))).random(),
            "parse": json.loads,
            "hash": lambda text, algorithm: hashlib.new(algorithm.replace("-", ""), text.encode()).hexdigest(),
            "range": lambda first, last, step: list(range(first, last + (1 if step > 0 else -1), step)),
            "partition": lambda items, size: [items[start : start + size] for start in range(0, len(items), size)],
        }


@cache
def _parsed(expression: str) -> Jsonata:
    assert "$eval" not in expression, "Step Functions has no $eval"
    parsed = Jsonata.jsonata(expression)
    parsed.set_output_convert_nulls(False)
    return parsed


@cache
def _names(expression: str) -> frozenset[str]:
    return frozenset(re.findall(r"\$(\w+)", expression))


def _with_nulls(value: Any) -> Any:
    """Return a copy in which null is not undefined; the evaluator changes what it is given."""
    if isinstance(value, dict):
        return {key: _with_nulls(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_nulls(item) for item in value]
    return Utils.NULL_VALUE if value is None else value


def _as_json(value: Any, expression: str) -> Any:
    try:
        return json.loads(json.dumps(value))
    except TypeError as error:
        raise TaskError(EVALUATION_FAILED, f"{expression} is no JSON: {error}") from error
