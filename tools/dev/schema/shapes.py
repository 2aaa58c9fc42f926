"""Translate a shape of botocore's service model into JSON Schema."""

from __future__ import annotations

from typing import Any

from slipway.deployment.patterns import IN_WORDS

Schema = dict[str, Any]

MAX_INTEGER = 2**31 - 1  # what an integer of AWS's service models is, where they name no bound
# Java's \p{Z}: separators, which are fewer than \s.
SEPARATORS = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Members that the botocore of some Lambda runtimes does not know, and refuses: `slipway.entrypoints.bootstrap` has the
# oldest version that Slipway runs with. Version 1.43.1 has neither.
LATER = {
    ("MetricsConfig", "EnableDetailedObservability"),
    ("ProductionVariantRoutingConfig", "PrefixAwareRoutingConfig"),
    ("InferenceComponentComputeResourceRequirements", "AcceleratorPartitionType"),
}
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
        names, values = schema_of(shape.key), schema_of(shape.value)
        bounds = _range(shape, "", "maxProperties")
        return {"type": "object", "propertyNames": names, "additionalProperties": values, **bounds}
    if shape.type_name == "boolean":
        return {"type": "boolean"}
    return _scalar(shape)


def _structure(shape: Any) -> Schema:
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: schema_of(member) for name, member in shape.members.items() if (shape.name, name) not in LATER
        },
    }
    if shape.required_members:
        schema["required"] = list(shape.required_members)
    return schema


def _scalar(shape: Any) -> Schema:
    schema: Schema = {"type": SCALARS[shape.type_name]}
    if shape.type_name != "string":
        bounds = {"maximum": MAX_INTEGER} if shape.type_name == "integer" else {}
        return schema | bounds | _range(shape, "minimum", "maximum")
    if shape.metadata.get("enum"):
        return schema | {"enum": list(shape.metadata["enum"])}
    if "pattern" in shape.metadata:
        schema["pattern"] = f"^(?:{_portable(shape.metadata['pattern'])})$"
        longest = f", at most {shape.metadata['max']} characters" if "max" in shape.metadata else ""
        schema["x-expects"] = f"{IN_WORDS[shape.metadata['pattern']]}{longest}"
    schema |= _range(shape, "minLength", "maxLength")
    if schema.get("minLength") == 0 and shape.name.endswith("Name"):
        schema["minLength"] = 1
    return schema


def _range(shape: Any, low: str, high: str) -> Schema:
    bounds = ((low, shape.metadata.get("min")), (high, shape.metadata.get("max")))
    return {keyword: bound for keyword, bound in bounds if keyword and bound is not None}


def _portable(pattern: str) -> str:
    # Java's Unicode classes (letters, numbers, and the underscore) are \w everywhere else; its \d is ASCII's, and
    # Python's is not.
    return pattern.replace(r"\p{L}\p{Z}\p{N}_", rf"\w{SEPARATORS}").replace(r"\d", "[0-9]")
