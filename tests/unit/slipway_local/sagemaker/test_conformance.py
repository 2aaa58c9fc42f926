"""Each member of each served operation, generated from botocore's model: each bound, pattern, enum and type is kept.

The expectation comes from the service model's metadata and from botocore's own validator, not from the code under test.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning, NonInteractiveExampleWarning
from tests.unit.slipway_local.sagemaker.world import World

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.validation.shapes import RequestShapes, compiled

MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
SHAPES = RequestShapes()
OPERATIONS = sorted(World().sagemaker.operations)
MAX_DEPTH = 12  # the deepest member of CreateEndpointConfig is at 8
NUMBERS = {"integer", "long", "float", "double"}
ENDS = (("min", -1), ("max", 1))
UNLIKELY = "\n\u00a0 "  # a text that few patterns match


class Case(NamedTuple):
    """A request that differs from a valid one in one value, and the path of that value as AWS writes it."""

    path: str
    broken: str
    request: dict[str, Any]


@cache
def matching(pattern: str, minimum: int, maximum: int) -> str:
    """Return a text that a pattern matches, within the bounds of the length."""
    found = st.from_regex(compiled(pattern), fullmatch=True).filter(lambda text: minimum <= len(text) <= maximum)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NonInteractiveExampleWarning)
        warnings.simplefilter("ignore", HypothesisWarning)
        return found.example()


def valid(shape: Any) -> Any:
    """Return a value of a shape with its required members only."""
    kind, bounds = shape.type_name, shape.metadata
    scalars = {"boolean": True, "timestamp": 1700000000}
    if kind == "structure":
        return {name: valid(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [valid(shape.member) for _ in range(bounds.get("min", 0))]
    if kind == "map":
        return {valid(shape.key): valid(shape.value)} if bounds.get("min") else {}
    if kind in NUMBERS:
        return bounds.get("min", bounds.get("max", 1))
    return scalars[kind] if kind in scalars else _text(shape)


def _text(shape: Any) -> str:
    bounds = shape.metadata
    minimum, maximum = bounds.get("min", 0), bounds.get("max", 1024)
    if shape.enum:
        return str(shape.enum[0])
    return matching(bounds["pattern"], minimum, maximum) if "pattern" in bounds else "x" * max(1, minimum)


def violations(shape: Any) -> Iterator[tuple[str, Any]]:
    """Yield, with the constraint, a value for each constraint of a shape that breaks this one."""
    kind = shape.type_name
    if kind == "string":
        yield from _broken_text(shape)
    if kind in NUMBERS:
        yield from (("range", shape.metadata[end] + step) for end, step in ENDS if end in shape.metadata)
    if kind == "list":
        yield from _broken_list(shape)
    yield "type", {"string": 1, "integer": [], "long": [], "float": [], "double": [], "timestamp": []}.get(kind, "x")


def _broken_text(shape: Any) -> Iterator[tuple[str, Any]]:
    bounds = shape.metadata
    if "max" in bounds:
        yield "length", "x" * (bounds["max"] + 1)
    if bounds.get("min", 0) > 0:
        yield "length", ""
    if "pattern" in bounds and not compiled(bounds["pattern"]).fullmatch(UNLIKELY):
        yield "pattern", UNLIKELY
    if shape.enum:
        yield "enum", "no-such-value"


def _broken_list(shape: Any) -> Iterator[tuple[str, Any]]:
    if "max" in shape.metadata:
        yield "length", [valid(shape.member)] * (shape.metadata["max"] + 1)
    if shape.metadata.get("min", 0) > 0:
        yield "length", []


def cases(operation: str) -> Iterator[Case]:
    """Yield a case for each constraint of each member of an operation's input."""
    shape = MODEL.operation_model(operation).input_shape
    for steps, member in _members(shape, (), frozenset()):
        for broken, value in violations(member):
            yield Case(_path(steps), broken, _placed(shape, steps, value))
        if member.type_name == "structure":
            yield Case(_path(steps), "unknown member", _placed(shape, steps, valid(member) | {"NoSuchMember": 1}))
            for name in member.required_members:
                lacking = {key: one for key, one in valid(member).items() if key != name}
                yield Case(_path((*steps, name)), "required", _placed(shape, steps, lacking))


def _members(shape: Any, steps: tuple[str, ...], seen: frozenset[str]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if len(steps) > MAX_DEPTH or shape.name in seen:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield (*steps, name), member
            yield from _members(member, (*steps, name), seen | {shape.name})
    elif shape.type_name == "list":
        yield (*steps, "*"), shape.member
        yield from _members(shape.member, (*steps, "*"), seen)


def _placed(shape: Any, steps: tuple[str, ...], value: Any) -> Any:
    """Return a valid value of a shape with another value at a place within it."""
    if not steps:
        return value
    if steps[0] == "*":
        items = max(1, shape.metadata.get("min", 0))
        return [_placed(shape.member, steps[1:], value), *(valid(shape.member) for _ in range(items - 1))]
    return valid(shape) | {steps[0]: _placed(shape.members[steps[0]], steps[1:], value)}


def _path(steps: tuple[str, ...]) -> str:
    return ".".join("1.member" if step == "*" else step[0].lower() + step[1:] for step in steps)


def conforms(operation: str, request: dict[str, Any]) -> str | None:
    """Return what a request is refused with; None for one that is accepted."""
    try:
        SHAPES.checked(operation, request)
    except SageMakerError as error:
        return f"{error.code}: {error.message}"
    return None


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_keeps_every_constraint_of_its_service_model(operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    assert not ParamValidator().validate(valid(shape), shape).has_errors()
    assert conforms(operation, valid(shape)) is None

    wrong = []
    for case in cases(operation):
        refused = conforms(operation, case.request) or "accepted"
        named = "SerializationException" in refused if case.broken == "type" else "ValidationException" in refused
        located = case.broken in ("type", "unknown member") or f"'{case.path}'" in refused
        if not (named and located):
            wrong.append((case.path, case.broken, refused[:120]))
    assert wrong == []


def test_the_cases_are_many() -> None:
    assert sum(len(list(cases(operation))) for operation in OPERATIONS) > 1000


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_optional_member_alone_is_accepted(operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    refused = {
        _path(steps): conforms(operation, _placed(shape, steps, valid(member)))
        for steps, member in _members(shape, (), frozenset())
    }
    assert {path: text for path, text in refused.items() if text} == {}
