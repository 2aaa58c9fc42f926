"""Translate a shape of botocore's service model into JSON Schema."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

SCALARS = {"string": "string", "integer": "integer", "long": "integer", "float": "number", "double": "number"}


def schema_of(shape: Any) -> Schema:
    """Return the JSON Schema of a botocore shape: its types, ranges, patterns, enums and required members.

    A name's length of 0 in the model means 1, because SageMaker refuses empty names all the same.
    """
    if shape.type_name == "structure":
        return _structure(shape)
    if shape.type_name == "list":
        return {"type": "array", "items": schema_of(shape.member), **_range(shape, "minItems", "maxItems")}
    if shape.type_name == "map":
        value = schema_of(shape.value)
        return {"type": "object", "additionalProperties": value, **_range(shape, "", "maxProperties")}
    if shape.type_name == "boolean":
        return {"type": "boolean"}
    return _scalar(shape)


def _structure(shape: Any) -> Schema:
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: schema_of(member) for name, member in shape.members.items()},
    }
    if shape.required_members:
        schema["required"] = list(shape.required_members)
    return schema


def _scalar(shape: Any) -> Schema:
    schema: Schema = {"type": SCALARS[shape.type_name]}
    if shape.type_name != "string":
        return schema | _range(shape, "minimum", "maximum")
    if shape.metadata.get("enum"):
        return schema | {"enum": list(shape.metadata["enum"])}
    if "pattern" in shape.metadata:
        schema["pattern"] = f"^(?:{_portable(shape.metadata['pattern'])})$"
    schema |= _range(shape, "minLength", "maxLength")
    if schema.get("minLength") == 0 and shape.name.endswith("Name"):
        schema["minLength"] = 1
    return schema


def _range(shape: Any, low: str, high: str) -> Schema:
    bounds = ((low, shape.metadata.get("min")), (high, shape.metadata.get("max")))
    return {keyword: bound for keyword, bound in bounds if keyword and bound is not None}


def _portable(pattern: str) -> str:
    # Java's Unicode classes (letters, separators, numbers, and the underscore) are \\w and \\s everywhere else.
    return pattern.replace(r"\p{L}\p{Z}\p{N}_", r"\w\s")
