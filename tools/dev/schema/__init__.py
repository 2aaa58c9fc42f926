"""The JSON Schemas of the inputs, from the newest botocore's model and the tables of fields."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.schema.fields import FIELDS, ROLLOUT_FIELDS, TRANSFORM_FIELDS, Field, ListOf
from dev.schema.newest import newest_model, newest_version
from dev.schema.own_shapes import ADDED
from dev.schema.shapes import Schema, schema_of

ROOT = Path(__file__).parents[3]
# The functions read one copy, which ships; the other is the documentation's, for editors.
FOLDERS = ("functions/slipway/planning/contract", "docs")


@dataclass(frozen=True)
class Contract:
    """One input: the name of its file, what it is about, and its fields."""

    name: str
    title: str
    description: str
    about: str
    required: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def copies(self) -> list[str]:
        """Return the paths of its schema."""
        return [f"{folder}/{self.name}.schema.json" for folder in FOLDERS]


DEPLOYMENT = Contract(
    "deployment",
    "Slipway deployment",
    "The input of an execution, and of models/<EndpointName>/deployment.json.",
    "a deployment",
    ("EndpointName",),
    FIELDS,
)
TRANSFORM = Contract(
    "transform",
    "Slipway transform job",
    "The input of an execution of the workflow TransformBatch.",
    "a transform job",
    ("TransformInput", "TransformOutput", "TransformResources"),
    TRANSFORM_FIELDS,
)
ROLLOUT = Contract(
    "rollout",
    "Slipway rollout",
    "The input of an execution of the workflow RollOut.",
    "a rollout",
    ("ManifestUrl",),
    ROLLOUT_FIELDS,
)
CONTRACTS = (DEPLOYMENT, TRANSFORM, ROLLOUT)
COPIES = tuple(copy for contract in CONTRACTS for copy in contract.copies)


def schema_of_contract(contract: Contract, model: Any) -> Schema:
    """Return the JSON Schema of an input, given botocore's SageMaker service model."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": f"Written by make schema from botocore {newest_version()}; do not edit.",
        "title": contract.title,
        "description": contract.description,
        "x-about": contract.about,
        "type": "object",
        "additionalProperties": False,
        "required": list(contract.required),
        "properties": {
            "$schema": {"type": "string", "description": "The address of this schema, for editors"},
            **{field.name: _field_schema(field, model) for field in contract.fields},
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


def schema_text(contract: Contract = DEPLOYMENT) -> str:
    """Return a schema as it is written, from the model of the newest botocore."""
    return json.dumps(schema_of_contract(contract, newest_model()), indent=1) + "\n"


def write_schema(*, check: bool, root: Path = ROOT) -> int:
    """Write every copy; print those that were stale. With `check`, write nothing and return 1 for any."""
    texts = {copy: schema_text(contract) for contract in CONTRACTS for copy in contract.copies}
    stale = [
        copy
        for copy, text in texts.items()
        if not (root / copy).exists() or (root / copy).read_text(encoding="utf-8") != text
    ]
    for copy in stale:
        if not check:
            (root / copy).write_text(texts[copy], encoding="utf-8")
        sys.stdout.write(f"{copy} is stale: run make schema\n" if check else f"{copy} written\n")
    return 1 if check and stale else 0
