"""Checks a request against the service model of the SageMaker API, worded as AWS words it."""

from __future__ import annotations

import difflib
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from slipway_local.sagemaker.errors import SageMakerError, refused
from slipway_local.sagemaker.validation.service_model import service_model

# Java's classes of characters. It writes those beyond 16 bits in halves (Application Auto Scaling's names).
JAVA_CLASSES = {
    r"\p{Alnum}": "a-zA-Z0-9",
    r"[\p{Print}]": r"[\x20-\x7e]",
    r"\p{Print}": r"[\x20-\x7e]",
    r"\p{ASCII}": r"[\x00-\x7f]",
    r"\z": r"\Z",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010ffff",
}


@cache
def _category_ranges(initial: str) -> str:
    r"""Return the inside of a character class holding every character whose category starts with `initial`."""
    runs = re.finditer(f"{initial}+", _categories())
    return "".join(f"\\U{run.start():08x}-\\U{run.end() - 1:08x}" for run in runs)


@cache
def _categories() -> str:
    """Return the initial of every character's category; one string, because a million steps of Python take a second."""
    return "".join(map(unicodedata.category, map(chr, range(sys.maxunicode + 1))))[::2]


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""Compile a service model's pattern; use it with `fullmatch`, which is what Java's `matches` does.

    `\p{X}` needs translating (the tag patterns use it inside a character class), and a repeated `$`.
    """
    for java, python in JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    translated = re.sub(r"\\p\{([A-Z])\}", lambda found: _category_ranges(found.group(1)), pattern)
    # Java lets an end of text be repeated (CustomerMetadataKey); Python wants a group for that.
    return re.compile(translated.replace("${", "(?:$){"), re.ASCII)


def broken_by(shape: Any, value: object) -> Iterator[str]:
    """Yield what `value` fails of a botocore shape, in the order in which AWS lists it."""
    metadata = shape.metadata
    if shape.type_name in {"string", "list", "map"}:
        yield from _length(metadata, len(value))  # type: ignore[arg-type]
    if shape.type_name in {"integer", "long", "float", "double"}:
        yield from _range(metadata, value)
    if isinstance(value, str):
        yield from _text(metadata, value)


def _length(metadata: Any, length: int) -> Iterator[str]:
    if length > metadata.get("max", length):
        yield f"Member must have length less than or equal to {metadata['max']}"
    if length < metadata.get("min", length):
        yield f"Member must have length greater than or equal to {metadata['min']}"


def _range(metadata: Any, value: Any) -> Iterator[str]:
    if value > metadata.get("max", value):
        yield f"Member must have value less than or equal to {metadata['max']}"
    if value < metadata.get("min", value):
        yield f"Member must have value greater than or equal to {metadata['min']}"


def _text(metadata: Any, value: str) -> Iterator[str]:
    pattern = metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {pattern}"
    allowed = metadata.get("enum")
    if allowed and value not in allowed:
        yield f"Member must satisfy enum value set: [{', '.join(allowed)}]"


# Coral's names for what a JSON parser found, as AWS's SerializationException shows them.
_FOUND = {bool: "TRUE_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE", str: "STRING_VALUE"}
_WANTED = {"string": "a String", "boolean": "a Boolean", "integer": "an Integer", "long": "a Long"}


class RequestShapes:
    """The shapes of the operations that the local SageMaker serves."""

    def __init__(self) -> None:
        self._service = service_model()

    def shape(self, name: str) -> Any:
        """Return a shape by its name."""
        return self._service.shape_for(name)

    def checked(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a deep copy of the request without its nulls, or say everything that is wrong with it.

        Raises `SageMakerError`: SerializationException for a value of the wrong JSON type, and otherwise
        ValidationException. Stricter than AWS in one thing: a member that the API does not have is refused,
        where AWS ignores it, because a misspelt optional field is a silent mistake.
        """
        return _checked(self._service.operation_model(operation).input_shape, params)

    def checked_answer(self, operation: str, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of what an operation is to answer, checked in the same way against its output shape."""
        return _checked(self._service.operation_model(operation).output_shape, answer)


def _checked(shape: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = _coerced(shape, value)
    violations = list(_violations(shape, copy, ""))
    if violations:
        count = len(violations)
        noun = "error" if count == 1 else "errors"
        raise refused(f"{count} validation {noun} detected: {'; '.join(violations)}")
    return copy


def _coerced(shape: Any, value: Any) -> Any:
    """Copy a value, dropping nulls; refuse wrong JSON types and unknown members."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, _of_type(dict, value, "Expected a structure or null"))
    if kind == "map":
        entries = _of_type(dict, value, "Expected a map or null")
        return {_coerced(shape.key, key): _coerced(shape.value, item) for key, item in entries.items()}
    if kind == "list":
        return [_coerced(shape.member, item) for item in _of_type(list, value, "Expected list or null")]
    return _SCALARS[kind](kind, value)


def _structure(shape: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    for name in value:
        if name not in shape.members:
            raise refused(_unknown_member(name, list(shape.members)))
    return {name: _coerced(shape.members[name], item) for name, item in value.items() if item is not None}


def _unknown_member(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    hint = f' Did you mean "{nearest[0]}"?' if nearest else ""
    return f'Unknown parameter in input: "{name}", must be one of: {", ".join(known)}.{hint}'


def _of_type(wanted: type, value: Any, message: str) -> Any:
    if not isinstance(value, wanted):
        raise SageMakerError("SerializationException", message)
    return value


def _unconvertible(kind: str, value: Any) -> SageMakerError:
    found = _FOUND.get(type(value), "START_ARRAY" if isinstance(value, list) else "START_OBJECT")
    wanted = _WANTED.get(kind, f"a {kind.capitalize()}")
    return SageMakerError("SerializationException", f"{found} can not be converted to {wanted}")


def _exactly(*types: type) -> Callable[[str, Any], Any]:
    def take(kind: str, value: Any) -> Any:
        if type(value) not in types:
            raise _unconvertible(kind, value)
        return value

    return take


def _whole_number(kind: str, value: Any) -> int:
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is not int:
        raise _unconvertible(kind, value)
    return value


_SCALARS: dict[str, Callable[[str, Any], Any]] = {
    "string": _exactly(str),
    "boolean": _exactly(bool),
    "integer": _whole_number,
    "long": _whole_number,
    "float": _exactly(int, float),
    "double": _exactly(int, float),
    "timestamp": _exactly(int, float),
}


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    for constraint in broken_by(shape, value):
        yield f"Value {_shown(value)} at '{path}' failed to satisfy constraint: {constraint}"
    if shape.type_name == "structure":
        yield from _structure_violations(shape, value, path)
    elif shape.type_name == "list":
        for position, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{position}.member")
    elif shape.type_name == "map":
        yield from _map_violations(shape, value, path)


def _structure_violations(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        member_path = f"{path}.{name[0].lower()}{name[1:]}".removeprefix(".")
        if name in value:
            yield from _violations(member, value[name], member_path)
        elif name in shape.required_members:
            yield f"Value null at '{member_path}' failed to satisfy constraint: Member must not be null"


def _map_violations(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    found = f"Value {_shown(value)} at '{path}' failed to satisfy constraint"
    for key, item in value.items():
        for constraint in broken_by(shape.key, key):
            yield f"{found}: Map keys must satisfy constraint: [{constraint}]"
        for constraint in broken_by(shape.value, item):
            yield f"{found}: Map value must satisfy constraint: [{constraint}]"


def _shown(value: Any) -> str:
    return f"'{value if isinstance(value, str) else json.dumps(value)}'"
