"""`python -m deployment_contract FILE...` writes the schema; the Makefile's target `contract` calls it.

The functions read one copy, which ships; the other is the documentation's, for editors.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import botocore
import botocore.session

from deployment_contract.fields import FIELDS, Field
from deployment_contract.shapes import Schema, schema_of


def deployment_schema(model: Any) -> Schema:
    """Return the JSON Schema of the deployment input, given botocore's SageMaker service model."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": f"Written by make contract from botocore {botocore.__version__}; do not edit.",
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
    shape, member = field.shape.split(".")
    return {**schema_of(model.shape_for(shape).members[member]), **about}


def main(*targets: str) -> None:
    """Write the schema to each of the files."""
    model = botocore.session.Session().get_service_model("sagemaker")
    text = json.dumps(deployment_schema(model), indent=1) + "\n"
    for target in targets:
        Path(target).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
