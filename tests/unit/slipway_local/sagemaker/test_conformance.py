"""Each member of each served operation, generated from the newest botocore's service models.

Each bound, pattern, enum and type is kept, and each member is enacted, refused by name, or listed with a reason. The
expectations come from the service models' metadata and from botocore's own validator, not from the code under test.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from botocore.validate import ParamValidator
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning, NonInteractiveExampleWarning
from tests.unit.slipway_local.runtime.doubles import FakeContainer, FakeEndpoints, RecordedMetrics
from tests.unit.slipway_local.sagemaker.world import World

from dev.schema.newest import newest_document, newest_model
from slipway_local.ports import Answer, AsyncHosting, ServingVariant
from slipway_local.runtime.errors import FaultError
from slipway_local.runtime.provider import RealTime
from slipway_local.runtime.requests import UNSUPPORTED, parse_async
from slipway_local.runtime.requests import name as name_of
from slipway_local.runtime.streaming import stream_response
from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.validation.members import NO_EFFECT, NOT_HERE, paths
from slipway_local.sagemaker.validation.service_model import FILE, part_of
from slipway_local.sagemaker.validation.service_model import OPERATIONS as MODELLED
from slipway_local.sagemaker.validation.shapes import RequestShapes, compiled

SHAPES = RequestShapes()
OPERATIONS = sorted(World().sagemaker.operations)
MAX_DEPTH = 12  # the deepest member of CreateEndpointConfig is at 8
NUMBERS = {"integer", "long", "float", "double"}
ENDS = (("min", -1), ("max", 1))
UNLIKELY = "\n\u00a0 "  # a text that few patterns match


def shape_of(operation: str, service: str = "sagemaker") -> Any:
    """Return the shape of an operation's input."""
    return newest_model(service).operation_model(operation).input_shape


class Case(NamedTuple):
    """A request that differs from a valid one in one value, and the path of that value as AWS writes it."""

    path: str
    broken: str
    request: dict[str, Any]


# Texts that most patterns match; for the others hypothesis finds one, which takes long.
ORDINARY = (
    "1.0", "a1", "s3://bucket/key", "arn:aws:iam::111122223333:role/name",
    "arn:aws:kms:eu-west-1:111122223333:key/name",
    "arn:aws:sns:eu-west-1:111122223333:name", "arn:aws:lambda:eu-west-1:111122223333:function:name",
    "arn:aws:sagemaker:eu-west-1:111122223333:model-package/name/1", "text/csv", "sg-1", "/metrics",
)  # fmt: skip


@cache
def matching(pattern: str, minimum: int, maximum: int) -> str:
    """Return a text that a pattern matches, within the bounds of the length."""
    for text in ("a" * max(1, minimum), *ORDINARY):
        if minimum <= len(text) <= maximum and compiled(pattern).fullmatch(text):
            return text
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
    if kind == "map":
        yield from _broken_map(shape)
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


def _broken_map(shape: Any) -> Iterator[tuple[str, Any]]:
    for broken, value in violations(shape.value):
        yield broken, {valid(shape.key): value}
    # JSON has no keys but texts.
    yield from ((broken, {key: valid(shape.value)}) for broken, key in violations(shape.key) if broken != "type")
    if "max" in shape.metadata:
        yield "length", {f"k{number}": valid(shape.value) for number in range(shape.metadata["max"] + 1)}


def cases(operation: str) -> Iterator[Case]:
    """Yield a case for each constraint of each member of an operation's input."""
    shape = shape_of(operation)
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
    shape = shape_of(operation)
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
    assert sum(len(list(cases(operation))) for operation in OPERATIONS) > 2300


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_optional_member_alone_is_accepted(operation: str) -> None:
    shape = shape_of(operation)
    refused = {
        _path(steps): conforms(operation, _placed(shape, steps, valid(member)))
        for steps, member in _members(shape, (), frozenset())
    }
    assert {path: text for path, text in refused.items() if text} == {}


def test_the_service_model_is_a_part_of_the_newest() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == part_of(newest_document("sagemaker")), (
        "run make service-model"
    )
    assert sorted(MODELLED) == OPERATIONS


def test_an_operation_that_only_aws_has_is_refused_as_a_region_refuses_it() -> None:
    """The words are those of the AWS GovCloud user guide, Amazon SageMaker AI."""
    world = World()
    for operation in set(newest_model("sagemaker").operation_names) - set(OPERATIONS):
        refused = world.refusal(operation)
        assert (refused.code, refused.status) == ("UnknownOperationException", 400)
        assert refused.message.startswith("The requested operation is not supported in the called region.")


# Each member that has an effect here or is described as it was given, in order to see those that AWS adds.
ENACTED = {
    operation: members.split()
    for operation, _, members in (
        line.partition(" ")
        for line in Path(__file__).with_name("enacted_members.txt").read_text(encoding="utf-8").splitlines()
    )
}
# What is kept and described as it was given: the members inside say nothing here.
KEPT_WHOLE = ("CreateModelPackage", "UpdateModelPackage")


def _names(operation: str) -> dict[str, tuple[str, ...]]:
    """Return the path of each member of an operation's input, `Tags.Key`, with the steps to it."""
    found = {
        ".".join(step for step in steps if step != "*"): steps
        for steps, _ in _members(shape_of(operation), (), frozenset())
    }
    return {path: steps for path, steps in found.items() if operation not in KEPT_WHOLE or "." not in path}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_member_is_enacted_or_refused_by_name_or_listed_with_a_reason(operation: str) -> None:
    listed = [path for table in (NOT_HERE, NO_EFFECT) for path, _ in paths(table, operation)]
    names = _names(operation)
    assert set(listed) <= set(names)

    others = {name for name in names if not any(f"{name}.".startswith(f"{path}.") for path in listed)}
    assert sorted(others) == sorted(ENACTED[operation])


@pytest.mark.parametrize("operation", NOT_HERE)
def test_a_member_that_is_not_here_is_refused_by_name(operation: str) -> None:
    world, shape, names = World(), shape_of(operation), _names(operation)
    for path, reason in paths(NOT_HERE, operation):
        steps = names[path]
        member = next(one for found, one in _members(shape, (), frozenset()) if found == steps)
        request = _placed(shape, steps, valid(member))
        assert world.refused(operation, **request) == f"The local SageMaker does not support {path}: {reason}."


@pytest.mark.parametrize("operation", KEPT_WHOLE)
def test_a_package_is_described_with_what_it_was_given(operation: str) -> None:
    described = newest_model("sagemaker").operation_model("DescribeModelPackage").output_shape.members
    lists = {"Tags", "ClientToken", "AdditionalInferenceSpecificationsToAdd", "CustomerMetadataPropertiesToRemove"}
    assert set(ENACTED[operation]) - lists <= set(described)


RUNTIME = ("InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream")
# What a header cannot hold, or what the whole request is.
NO_HEADERS = ("EndpointName", "Body")


def runtime_of(operation: str) -> Any:
    """Return the local runtime's way to answer an operation, for an endpoint `ep` that is hosted for it."""
    serving = [ServingVariant("AllTraffic", 1.0, FakeContainer(Answer(200, b"", "text/plain")))]
    endpoints, metrics = FakeEndpoints({"ep": serving}), RecordedMetrics()
    real_time = RealTime(endpoints, metrics, region="us-east-1", account_id="123456789012", random=Random(7))
    if operation == "InvokeEndpointAsync":
        return lambda name, headers, body: parse_async(name_of("endpointName", name), headers, body, AsyncHosting())
    return real_time.invoke if operation == "InvokeEndpoint" else partial(stream_response, real_time)


def invoked(operation: str, header: str, value: Any) -> str | None:
    """Return what a request with one header is refused with; None for one that is accepted."""
    try:
        runtime_of(operation)("ep", {header: str(value)}, b"1")
    except FaultError as error:
        return f"{error.status} {error.code} {error}"
    return None


@pytest.mark.parametrize("operation", RUNTIME)
def test_the_runtime_keeps_every_constraint_of_its_service_model(operation: str) -> None:
    wrong = []
    for name, member in shape_of(operation, "sagemaker-runtime").members.items():
        header = member.serialization.get("name")
        if name in NO_HEADERS or header in UNSUPPORTED:
            continue
        if "constraint" in (refused := invoked(operation, header, valid(member)) or ""):
            wrong.append((name, "valid", refused))
        for broken, value in violations(member):
            refused = invoked(operation, header, value) or "accepted"
            expected = refused.startswith("400 ValidationError ") and f"at '{name[0].lower()}{name[1:]}'" in refused
            if broken != "type" and value != "" and not expected:
                wrong.append((name, broken, refused[:120]))
    assert wrong == []


@pytest.mark.parametrize("operation", RUNTIME)
def test_a_runtime_member_for_what_is_not_hosted_is_refused_by_name(operation: str) -> None:
    members = shape_of(operation, "sagemaker-runtime").members
    for name, member in members.items():
        if (header := member.serialization.get("name")) in UNSUPPORTED and operation != "InvokeEndpointAsync":
            assert (invoked(operation, header, valid(member)) or "").startswith(f"400 ValidationError {name} is for ")


@pytest.mark.parametrize("operation", RUNTIME)
@pytest.mark.parametrize("name", ["a" * 64, "a_b"], ids=["length", "pattern"])
def test_the_runtime_keeps_the_constraints_of_an_endpoints_name(operation: str, name: str) -> None:
    with pytest.raises(FaultError, match="at 'endpointName' failed to satisfy constraint"):
        runtime_of(operation)(name, {}, b"1")
