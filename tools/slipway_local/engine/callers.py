"""Who calls, by MiniStack's IAM: the owner of an access key, or a role that one of AWS's services acts under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from slipway_local.iam.policies import Caller, may_be_assumed_by

WORKFLOWS = "states.amazonaws.com"
RULES = "events.amazonaws.com"
SCHEDULES = "scheduler.amazonaws.com"
HOSTING = "sagemaker.amazonaws.com"


class Callers:
    """Reads MiniStack's roles and sessions, which are in this process."""

    def __init__(self, iam: Any, sts: Any, evaluator: Any, router: Any, account_id: str) -> None:
        self._iam = iam
        self._sts = sts
        self._evaluator = evaluator
        self._router = router
        self._account_id = account_id

    def of_request(self, headers: Mapping[str, str], query: Mapping[str, Any]) -> Caller | None:
        """Return who signed a request; None for a key that nobody has."""
        key = self._router.extract_access_key_id(headers, query)
        found = self._evaluator.resolve_principal(key, self._account_id)
        return None if isinstance(found, self._evaluator.AuthError) else Caller(found.arn, found.policies)

    def of_role(self, role_arn: str, service: str) -> Caller:
        """Return a service acting under a role; one that it may not assume, or that does not exist, allows nothing."""
        name = role_arn.rpartition("/")[2]
        role = self._iam._roles.get_scoped(self._account_id, None, name)
        arn = self._session_arn(name, service)
        if role is None or not may_be_assumed_by(_trust(role), service, self._account_id):
            return Caller(arn, [])
        return Caller(arn, self._evaluator._gather_role_policies(name, self._account_id))

    def credentials(self, role_arn: str, service: str) -> dict[str, str]:
        """Return a session of a role, under boto3's names, with which requests are evaluated as the role's."""
        name = role_arn.rpartition("/")[2]
        digest = hashlib.sha256(f"{service} {role_arn}".encode()).hexdigest()
        key, secret, token = f"ASIA{digest[:16].upper()}", digest, digest[::-1]
        session = {"UserId": f"{name}:{service}", "SecretAccessKey": secret, "SessionToken": token}
        self._sts.register_session(key, {"Arn": self._session_arn(name, service), **session})
        return {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}

    def _session_arn(self, role: str, service: str) -> str:
        return f"arn:aws:sts::{self._account_id}:assumed-role/{role}/{service.partition('.')[0]}"


def _trust(role: Mapping[str, Any]) -> Mapping[str, Any]:
    document = role.get("AssumeRolePolicyDocument", {})
    trust: Mapping[str, Any] = json.loads(unquote(document)) if isinstance(document, str) else document
    return trust
