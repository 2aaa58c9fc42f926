"""IAM as SageMaker reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from slipway.preflight.trust_policy import trusts_sagemaker

Refusal = Callable[[str, Sequence[tuple[str, str]]], str | None]


class IamRoles:
    """`Roles` over a boto3 IAM client; `refusal` evaluates policies, where IAM is enforced."""

    def __init__(self, client: Any, refusal: Refusal = lambda _role, _needed: None) -> None:
        self._iam = client
        self._refusal = refusal

    def can_be_assumed(self, role_arn: str) -> bool:
        """Say whether the role exists and its trust policy lets SageMaker assume it; a Deny outweighs."""
        try:
            role = self._iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
        except self._iam.exceptions.NoSuchEntityException:
            return False
        document = role["AssumeRolePolicyDocument"]
        # On the wire the document is URL-encoded JSON; botocore decodes it, unless the engine sent another form.
        policy = json.loads(unquote(document)) if isinstance(document, str) else document
        return role["Arn"] == role_arn and trusts_sagemaker(policy)

    def refusal(self, role_arn: str, needed: Sequence[tuple[str, str]]) -> str | None:
        """Return AWS's words for the first action on a resource that the role is not allowed, None for none."""
        return self._refusal(role_arn, needed)
