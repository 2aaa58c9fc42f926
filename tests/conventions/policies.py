"""The policies of the template, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.conventions.project import CloudFormationLoader, Json, functions, resources

WHOLE = "*"


@dataclass(frozen=True)
class Statement:
    """One statement that allows something; what may be a string or a list is a list."""

    owner: str
    sid: str
    actions: list[str]
    resources: list[Any]
    conditions: Json


def allowed() -> Iterator[Statement]:
    """Yield what functions and roles are allowed."""
    for name, function in functions().items():
        for policy in function["Properties"].get("Policies", []):
            yield from _statements(name, policy)
    for name, role in resources("AWS::IAM::Role").items():
        for policy in role["Properties"]["Policies"]:
            yield from _statements(name, policy["PolicyDocument"])


def _statements(owner: str, document: Json) -> Iterator[Statement]:
    for found in document["Statement"]:
        statement = found["Fn::If"][1] if "Fn::If" in found else found
        assert statement["Effect"] == "Allow", owner
        yield Statement(
            owner,
            statement.get("Sid", ""),
            _list(statement["Action"]),
            _list(statement["Resource"]),
            statement.get("Condition", {}),
        )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def unexplained_wildcards(text: str) -> list[int]:
    """Return the lines of a template where a Resource is `*` without a comment on that line or the one before."""
    lines = text.splitlines()
    found = [node.start_mark.line for node in _resources_in(yaml.compose(text, CloudFormationLoader))]
    return [
        number + 1 for number in found if "#" not in lines[number] and not lines[number - 1].lstrip().startswith("#")
    ]


def _resources_in(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "Resource":
                items = value.value if isinstance(value, yaml.SequenceNode) else [value]
                yield from (item for item in items if isinstance(item, yaml.ScalarNode) and item.value == WHOLE)
            yield from _resources_in(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _resources_in(item)
