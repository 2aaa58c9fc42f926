"""The JSON Schemas of the inputs of deployments, transform jobs and rollouts, and checking a document against them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from slipway.deployment.escaping import quoted
from slipway.deployment.plan import bucket_and_key
from slipway.errors import FieldInvalid
from slipway.planning.contract.messages import Violation, refusal, unknown
from slipway.planning.contract.parts import data_sources_of, parts_of

MAX_KEY = 1024  # bytes (S3 user guide, "Naming Amazon S3 objects")
SCHEMA_FILE = Path(__file__).with_name("deployment.schema.json")
TRANSFORM_SCHEMA_FILE = Path(__file__).with_name("transform.schema.json")
ROLLOUT_SCHEMA_FILE = Path(__file__).with_name("rollout.schema.json")


def deployment_schema() -> dict[str, Any]:
    """Return the JSON Schema of the deployment input (draft 7), as published in the documentation."""
    return read_schema(SCHEMA_FILE)


def transform_schema() -> dict[str, Any]:
    """Return the JSON Schema of the input of a transform job, likewise."""
    return read_schema(TRANSFORM_SCHEMA_FILE)


@cache
def read_schema(file: Path) -> dict[str, Any]:
    """Return a JSON Schema that ships with the functions."""
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def check(document: object, file: Path = SCHEMA_FILE) -> dict[str, Any]:
    """Return the document if it keeps the contract, without its `$schema`, and with 1.0 as the integer it is.

    Raises `InputNotAnObject`, `FieldUnknown`, `FieldMissing` or `FieldInvalid`. A field that does not exist is
    reported before one that is missing, because the one is most often the other misspelt.
    """
    schema = read_schema(file)
    properties = schema["properties"]
    if isinstance(document, dict):
        for name in document:
            if name not in properties:
                fields = {known: about for known, about in properties.items() if known != "$schema"}
                raise unknown(str(name), fields, schema["x-about"])
    try:
        _validator(file)(document)
    except fastjsonschema.JsonSchemaValueException as broken:
        raise refusal(_violation(broken, schema)) from None
    assert isinstance(document, dict)
    checked = {name: _whole(value) for name, value in document.items() if name != "$schema"}
    for name, value in checked.items():
        _check_text(name, value)
    for where, uri in _uris_of(checked):
        _check_key(where, uri)
    return checked


def _uris_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for where, part in (("", document), *((f"{where}.", part) for where, part in parts_of(document))):
        yield f"{where}ModelDataUrl", part.get("ModelDataUrl", "")
        yield from ((f"{where}{member}.S3Uri", source["S3Uri"]) for member, source in data_sources_of(part))
    yield from ((f"{where}.PayloadUrl", sample.get("PayloadUrl", "")) for where, sample in samples_of(document))


def samples_of(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the samples of a document's SmokeTest, each with where it is: `SmokeTest` or `SmokeTest.Samples[0]`."""
    test = document.get("SmokeTest", {})
    if "Samples" in test:
        return [(f"SmokeTest.Samples[{number}]", sample) for number, sample in enumerate(test["Samples"])]
    return [("SmokeTest", test)] if test else []


def _check_key(name: str, uri: str) -> None:
    _, key = bucket_and_key(uri)
    if len(key.encode()) > MAX_KEY:
        raise FieldInvalid(f"{name} is {quoted(uri)}, but must have a key of at most {MAX_KEY} bytes in UTF-8.")


def _check_text(name: str, value: Any) -> None:
    # JSON may escape half of a UTF-16 pair, which Python takes for a character, and no request can carry.
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise FieldInvalid(
            f"{name} is {quoted(value)}, but must hold whole characters: write the second half of the escaped pair too."
        ) from None


def _whole(value: Any) -> Any:
    # JSON knows no difference between 1 and 1.0, and neither does the schema; boto3 does.
    if isinstance(value, dict):
        return {name: _whole(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@cache
def _validator(file: Path) -> Callable[[object], object]:
    compiled: Callable[[object], object] = fastjsonschema.compile(read_schema(file), use_default=False)
    return compiled


def _violation(broken: fastjsonschema.JsonSchemaValueException, schema: Mapping[str, Any]) -> Violation:
    steps = broken.path[1:]
    where = "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in steps).lstrip(".")
    rule, setting = str(broken.rule), broken.rule_definition
    known = broken.definition.get("properties", {})
    if rule == "additionalProperties" or (rule == "required" and broken.value.keys() - known.keys()):
        rule, setting = "additionalProperties", known
    top = steps[0] if steps else _first_missing(broken)
    expects = broken.definition.get("x-expects", "")
    return Violation(where, rule, setting, broken.value, _example(schema, top), expects, schema["x-about"])


def _first_missing(broken: fastjsonschema.JsonSchemaValueException) -> str:
    if broken.rule != "required":
        return ""
    return next((name for name in broken.rule_definition if name not in broken.value), "")


def _example(schema: Mapping[str, Any], field: str) -> Any:
    about: Mapping[str, Any] = schema["properties"].get(field, {})
    return next(iter(about.get("examples", [])), None)
