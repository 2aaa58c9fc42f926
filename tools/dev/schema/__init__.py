"""The JSON Schema of the deployment input, from the newest botocore's model and the table of fields."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from dev.schema.fields import FIELDS, Field, ListOf
from dev.schema.newest import newest_model, newest_version
from dev.schema.own_shapes import ADDED
from dev.schema.shapes import Schema, schema_of

ROOT = Path(__file__).parents[3]
# The functions read one copy, which ships; the other is the documentation's, for editors.
COPIES = ("functions/slipway/planning/contract/deployment.schema.json", "docs/deployment.schema.json")


def deployment_schema(model: Any) -> Schema:
    """Return the JSON Schema of the deployment input, given botocore's SageMaker service model."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": f"Written by make schema from botocore {newest_version()}; do not edit.",
        "title": "Slipway deployment",
        "description": "The input of an execution, and of models/<EndpointName>/deployment.json.",
        "type": "object",
        "additionalProperties": False,
        "required": ["EndpointName"],
        "properties": {
            "$schema": {"type": "string", "description": "The address of this schema, for editors"},
            **{field.name: _field_schema(field, model) for field in FIELDS},
        },
    }


def _field_schema(field: Field, model: Any) -> Schema:
    about: Schema = {"description": field.meaning, "examples": [field.example]}
    if field.expects:
        about["x-expects"] = field.expects
    if isinstance(field.shape, dict):
        return {**field.shape, **about}
    if isinstance(field.shape, ListOf):
        return {**_list_schema(field.shape, model), **about}
    schema = _member_schema(field.shape, model)
    if field.name in ADDED:
        schema["properties"] |= ADDED[field.name]
    return {**schema, **about}


def _member_schema(path: str, model: Any) -> Schema:
    shape, member = path.split(".")
    return schema_of(model.shape_for(shape).members[member])


def _list_schema(items: ListOf, model: Any) -> Schema:
    members = {path.split(".")[1]: _member_schema(path, model) for path in items.members}
    fields = {field.name: _field_schema(field, model) for field in FIELDS if field.name in items.fields}
    return {
        "type": "array",
        "minItems": items.at_least,
        "maxItems": items.at_most,
        "items": {
            "type": "object",
            "additionalProperties": False,
            **({"required": list(items.required)} if items.required else {}),
            "properties": members | fields,
        },
    }


def schema_text() -> str:
    """Return the schema as it is written, from the model of the newest botocore."""
    return json.dumps(deployment_schema(newest_model()), indent=1) + "\n"


def write_schema(*, check: bool, root: Path = ROOT) -> int:
    """Write every copy; print those that were stale. With `check`, write nothing and return 1 for any."""
    text = schema_text()
    stale = [copy for copy in COPIES if not (root / copy).exists() or (root / copy).read_text(encoding="utf-8") != text]
    for copy in stale:
        if not check:
            (root / copy).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{copy} is stale: run make schema\n" if check else f"{copy} written\n")
    return 1 if check and stale else 0
