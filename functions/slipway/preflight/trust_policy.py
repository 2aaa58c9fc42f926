"""Whether a role's trust policy lets SageMaker assume it."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

SERVICE = "sagemaker.amazonaws.com"
ACTION = "sts:assumerole"  # IAM compares actions without regard to case


def trusts_sagemaker(policy: Mapping[str, Any]) -> bool:
    """Say whether the policy may let SageMaker assume the role; a Deny without conditions outweighs.

    Conditions are taken to hold, and NotPrincipal and NotAction to include SageMaker when they allow: only what surely
    shuts SageMaker out counts.
    """
    statements = [statement for statement in _listed(policy.get("Statement", [])) if _is_about_sagemaker(statement)]
    allowed = any(statement.get("Effect") == "Allow" for statement in statements)
    return allowed and not any(_surely_denies(statement) for statement in statements)


def _is_about_sagemaker(statement: Mapping[str, Any]) -> bool:
    return _names_sagemaker(statement) and _names_the_action(statement)


def _names_sagemaker(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", "*")
    if isinstance(principal, str):
        return principal == "*"
    return bool({SERVICE, "*"} & {*_listed(principal.get("Service", [])), *_listed(principal.get("AWS", []))})


def _names_the_action(statement: Mapping[str, Any]) -> bool:
    patterns = _listed(statement.get("Action", "*"))
    return any(fnmatchcase(ACTION, pattern.lower()) for pattern in patterns)


def _surely_denies(statement: Mapping[str, Any]) -> bool:
    unsure = {"Condition", "NotPrincipal", "NotAction"} & statement.keys()
    return statement.get("Effect") == "Deny" and not unsure


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
