"""Take a state machine's definition in YAML, as CloudFormation does.

MiniStack's CloudFormation hands a definition from S3 to its Step Functions as it is, which reads JSON only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml


def accept_yaml_definitions(provisioners: Any) -> None:
    """Patch MiniStack's CloudFormation provisioners."""
    definition_of = provisioners._sfn_definition

    def sfn_definition(props: Mapping[str, Any]) -> str:
        return as_json(definition_of(props))

    provisioners._sfn_definition = sfn_definition


def as_json(definition: str) -> str:
    """Return a definition as JSON; JSON comes back unchanged. Raises `ValueError` for what is neither."""
    try:
        json.loads(definition)
    except ValueError:
        try:
            return json.dumps(yaml.safe_load(definition))
        except yaml.YAMLError as broken:
            raise ValueError(f"The state machine's definition is neither JSON nor YAML: {broken}") from broken
    return definition
