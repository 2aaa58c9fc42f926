"""IAM as SageMaker asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

SERVICE = "sagemaker.amazonaws.com"


class IamRoles:
    """`Roles` over a boto3 IAM client."""

    def __init__(self, client: Any) -> None:
        self._iam = client

    def can_be_assumed(self, role_arn: str) -> bool:
        """Say whether the role exists and its trust policy lets SageMaker assume it; a Deny outweighs."""
        try:
            role = self._iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
        except self._iam.exceptions.NoSuchEntityException:
            return False
        if role["Arn"] != role_arn:
            return False
        effects = set(_effects_on_sagemaker(role["AssumeRolePolicyDocument"]))
        return "Allow" in effects and "Deny" not in effects


def _effects_on_sagemaker(document: str | dict[str, Any]) -> Iterator[str]:
    # On the wire the document is URL-encoded JSON; botocore decodes it, unless the engine sent another form.
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    for statement in _listed(policy.get("Statement", [])):
        if _names_sagemaker(statement.get("Principal", {})) and _is_assume_role(statement.get("Action", [])):
            yield statement["Effect"]


def _names_sagemaker(principal: str | dict[str, Any]) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    return SERVICE in _listed(principal.get("Service", []))


def _is_assume_role(action: str | list[str]) -> bool:
    return any(fnmatchcase("sts:assumerole", pattern.lower()) for pattern in _listed(action))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
