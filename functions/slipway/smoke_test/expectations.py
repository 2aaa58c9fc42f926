"""What the answer to a sample has to be, and in what it differs.

A side file may come from a user who can only upload, and a JSON Schema is compiled to Python code: schemas with
references beyond themselves are refused, because the library would fetch those.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import fastjsonschema

from slipway.deployment.escaping import quoted
from slipway.errors import FieldInvalid

# What the library, or the code that it generates, raises for what is no schema.
FAILURES = (
    fastjsonschema.JsonSchemaException,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
    re.error,
)
DRAFT = "http://json-schema.org/draft-07/schema"


def check_expectation(where: str, expect: Mapping[str, Any]) -> None:
    """Check what a schema of fields cannot say of `Expect`. Raises `FieldInvalid`."""
    if "Regex" in expect:
        try:
            re.compile(expect["Regex"])
        except (re.error, OverflowError, RecursionError) as broken:
            raise FieldInvalid(
                f"{where}.Regex is {quoted(expect['Regex'])}, but must be a Python regular expression: {broken}."
            ) from None
    if "Schema" in expect:
        _check_schema(f"{where}.Schema", expect["Schema"])


def difference(expect: Mapping[str, Any], body: bytes) -> str:
    """Return in what an answer differs from what is expected, as a clause; empty where it does not."""
    (compare,) = (found for name, found in COMPARISONS.items() if name in expect)
    return compare(expect, body)


def _check_schema(where: str, schema: Mapping[str, Any]) -> None:
    for keyword, value in _keywords(schema):
        if keyword == "$ref" and not str(value).startswith("#"):
            raise FieldInvalid(f"{where} has $ref {quoted(value)}, but must refer to itself: begin $ref with #.")
        if keyword in ("$id", "id") and isinstance(value, str):
            raise FieldInvalid(f"{where} has {keyword} {quoted(value)}: remove it, because $ref begins with # here.")
        if keyword == "$schema" and str(value).rstrip("#") != DRAFT:
            raise FieldInvalid(f"{where} has $schema {quoted(value)}, but must be of draft 7: remove it.")
        if keyword == "multipleOf" and value == 0:
            raise FieldInvalid(f"{where} has multipleOf 0, but must have one greater than 0.")
    try:
        _validator(schema)
    except FAILURES as broken:
        raise FieldInvalid(f"{where} is not a JSON Schema ({_line(broken)}): correct it.") from None


def _keywords(schema: object) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        yield from schema.items()
        for member in schema.values():
            yield from _keywords(member)
    elif isinstance(schema, list):
        for item in schema:
            yield from _keywords(item)


def _validator(schema: Mapping[str, Any]) -> Any:
    # A copy, because the library changes references in place.
    return fastjsonschema.compile(json.loads(json.dumps(schema)), handlers=NO_HANDLERS, use_default=False)


def _no_remote(uri: str) -> Any:
    raise fastjsonschema.JsonSchemaDefinitionException(f"{uri} is not fetched")


NO_HANDLERS = dict.fromkeys(("", "http", "https", "ftp", "file", "data"), _no_remote)


def _by_json(expect: Mapping[str, Any], body: bytes) -> str:
    try:
        found = _parsed(body)
    except ValueError:
        return NOT_JSON
    tolerance = float(expect.get("Tolerance", 0))
    return _unlike("$", expect["Json"], found, tolerance, is_subset=expect.get("Match") == "Subset")


def _by_regex(expect: Mapping[str, Any], body: bytes) -> str:
    text = body.decode(errors="replace")
    return "" if re.search(expect["Regex"], text) else f"the answer has no match of {quoted(expect['Regex'])}"


def _by_schema(expect: Mapping[str, Any], body: bytes) -> str:
    try:
        found = _parsed(body)
    except ValueError:
        return NOT_JSON
    try:
        _validator(expect["Schema"])(found)
    except fastjsonschema.JsonSchemaValueException as broken:
        return f"{_line(broken).replace('data', '$', 1)}, but is {quoted(broken.value)}"
    except FAILURES as failed:  # a reference that never ends, for example
        return f"the answer cannot be compared with the schema ({_line(failed)})"
    return ""


def _by_digest(expect: Mapping[str, Any], body: bytes) -> str:
    found = sha256(body).hexdigest()
    return "" if found == expect["Sha256"] else f"the answer's SHA-256 is {found}"


def _by_size(expect: Mapping[str, Any], body: bytes) -> str:
    return "" if len(body) == expect["Size"] else f"the answer has {len(body)} bytes, but must have {expect['Size']}"


COMPARISONS = {"Json": _by_json, "Regex": _by_regex, "Schema": _by_schema, "Sha256": _by_digest, "Size": _by_size}
NOT_JSON = "the answer is not JSON"


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_constant)
    except RecursionError as too_deep:
        raise ValueError from too_deep


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")  # which Python's parser takes


def _unlike(where: str, wanted: Any, found: Any, tolerance: float, *, is_subset: bool) -> str:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return _unlike_object(where, wanted, found, tolerance, is_subset=is_subset)
    if isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            return f"{where} has {len(found)} items, but must have {len(wanted)}"
        pairs = enumerate(zip(wanted, found, strict=True))
        parts = (_unlike(f"{where}[{n}]", a, b, tolerance, is_subset=is_subset) for n, (a, b) in pairs)
        return next(filter(None, parts), "")
    if _is_number(wanted) and _is_number(found):
        is_same = wanted == found or _is_close(wanted, found, tolerance)
    else:
        is_same = type(wanted) is type(found) and wanted == found
    return "" if is_same else f"{where} is {quoted(found)}, but must be {quoted(wanted)}"


def _unlike_object(
    where: str, wanted: Mapping[str, Any], found: Mapping[str, Any], tolerance: float, *, is_subset: bool
) -> str:
    for name, value in wanted.items():
        if name not in found:
            return f"{where} has no {quoted(name)}"
        if unlike := _unlike(f"{where}.{name}", value, found[name], tolerance, is_subset=is_subset):
            return unlike
    further = [name for name in found if name not in wanted]
    return f"{where} has {quoted(further[0])}, which must not be there" if further and not is_subset else ""


def _is_close(wanted: float, found: float, tolerance: float) -> bool:
    try:
        return math.isclose(wanted, found, rel_tol=tolerance, abs_tol=tolerance)
    except OverflowError:  # an integer beyond every float
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
