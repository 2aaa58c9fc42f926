"""The roles of the stack and what they allow, as SAM's transform makes them, deployed with the default parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dev.sam_translation import translated
from slipway_local.iam.required_actions import kinds_of
from tests.conventions.project import TEMPLATE, Json
from tests.workflow.deployed_stack import resolved

EXECUTION_ROLE = "ExecutionRole"
NO_VALUE = {"Ref": "AWS::NoValue"}


@dataclass(frozen=True)
class Permission:
    """One action of one statement on one of its resources."""

    role: str
    statement: int
    sid: str
    action: str
    resource: str


@cache
def plain_template() -> Json:
    """Return the template as plain CloudFormation."""
    return translated(TEMPLATE.read_text(encoding="utf-8"))


def made(kind: str) -> Json:
    """Return the resources of a type, by logical id."""
    return {name: about for name, about in plain_template()["Resources"].items() if about["Type"] == kind}


@cache
def statements() -> Mapping[str, list[Json]]:
    """Return every role's statements, with lists where one may write a single thing."""
    return {name: list(_statements(role["Properties"])) for name, role in made("AWS::IAM::Role").items()}


def managed_policies() -> Mapping[str, list[str]]:
    """Return the names of AWS's own policies by role: SAM adds them for logs and traces."""
    attached = {name: role["Properties"].get("ManagedPolicyArns", []) for name, role in made("AWS::IAM::Role").items()}
    return {name: [_text(arn).rpartition("/")[2] for arn in arns] for name, arns in attached.items() if arns}


def role_of_machine(arn: str) -> str:
    """Return the role of a state machine, by its ARN: `DeployEndpointRole`."""
    return f"{arn.rpartition('-')[2]}Role"


@cache
def role_of_function() -> Mapping[str, str]:
    """Return the role of each function, both by logical id."""
    functions = made("AWS::Lambda::Function").items()
    return {name: function["Properties"]["Role"]["Fn::GetAtt"][0] for name, function in functions}


def permissions(role: str) -> list[Permission]:
    """Return what a role is allowed, one by one."""
    return [
        Permission(role, number, statement["Sid"], action, resource)
        for number, statement in enumerate(statements()[role])
        for action in statement["Action"]
        for resource in statement["Resource"]
        if _applies(action, resource)
    ]


def _applies(action: str, resource: str) -> bool:
    # A statement of several actions and kinds of resource says nothing about those that do not go together.
    kinds = kinds_of(action)
    return not kinds or resource == "*" or resource.split(":")[5].split("/", maxsplit=1)[0] in kinds


def without(lacking: Permission) -> Mapping[str, list[Json]]:
    """Return every role's statements but for one permission."""
    return {**statements(), lacking.role: list(_remaining(lacking))}


def _remaining(lacking: Permission) -> Iterator[Json]:
    for number, statement in enumerate(statements()[lacking.role]):
        if number != lacking.statement:
            yield statement
            continue
        actions = [action for action in statement["Action"] if action != lacking.action]
        if actions:  # a statement without any would be one about all
            yield {**statement, "Action": actions}
        others = [resource for resource in statement["Resource"] if resource != lacking.resource]
        if others:
            yield {**statement, "Action": [lacking.action], "Resource": others}


def _statements(role: Json) -> Iterator[Json]:
    for policy in role.get("Policies", []):
        for statement in _listed(_settled(policy["PolicyDocument"]["Statement"])):
            assert statement["Effect"] == "Allow", statement
            yield {
                "Sid": statement.get("Sid", ""),
                "Effect": "Allow",
                "Action": _listed(statement["Action"]),
                "Resource": [_text(resource) for resource in _listed(statement["Resource"])],
                "Condition": _conditions(statement.get("Condition", {})),
            }


def _settled(value: Any) -> Any:
    """Return a value of the template with its conditions decided; what is left out is gone."""
    if isinstance(value, list):
        return [item for item in map(_settled, value) if item != NO_VALUE]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::If"}:
        condition, yes, no = value["Fn::If"]
        return _settled(yes if resolved({"Fn::If": [condition, "yes", ""]}) else no)
    settled = {key: _settled(member) for key, member in value.items()}
    return {key: member for key, member in settled.items() if member != NO_VALUE}


def _conditions(block: Json) -> Json:
    return {
        operator: {key: [_text(value) for value in _listed(values)] for key, values in keys.items()}
        for operator, keys in block.items()
    }


def _text(value: Any) -> str:
    return resolved(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
