"""Roles in IAM, over boto3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from slipway.adapters.aws_errors import aws_errors
from slipway.errors import NotFound


class Boto3ExecutionRoles:
    """Implements `slipway.use_cases.check_account.ExecutionRoles`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def trust_policy(self, role_arn: str) -> Mapping[str, Any]:
        """See the port."""
        with aws_errors():
            role = self._client.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
        if role["Arn"] != role_arn:  # a name is unique in an account, whatever its path
            raise NotFound(role_arn)
        document = role["AssumeRolePolicyDocument"]
        # URL-encoded JSON on the wire, which botocore decodes where it recognises it.
        policy: Mapping[str, Any] = json.loads(unquote(document)) if isinstance(document, str) else document
        return policy
