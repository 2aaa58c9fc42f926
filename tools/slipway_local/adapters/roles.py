"""IAM as SageMaker reads it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from slipway.preflight.trust_policy import trusts_sagemaker


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
        document = role["AssumeRolePolicyDocument"]
        # On the wire the document is URL-encoded JSON; botocore decodes it, unless the engine sent another form.
        policy = json.loads(unquote(document)) if isinstance(document, str) else document
        return role["Arn"] == role_arn and trusts_sagemaker(policy)
