"""IAM where MiniStack does not evaluate it: the principal of a call, and the services that are mounted."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from slipway_local.engine.settings import ACCOUNT_ID, EngineSettings
from slipway_local.iam.policies import KeyPolicyOf, Principal, TagsOf, may_be_assumed_by, refusal, refused
from slipway_local.iam.required_actions import (
    SCALING,
    RequiredAction,
    RequiredActionsOf,
    Scope,
    made_for_caller,
    required_actions_of,
    required_actions_of_invocation,
    required_actions_of_quotas,
    required_actions_of_scaling,
    required_actions_of_tagging,
)
from slipway_local.json_protocol import ServiceError, error_response, params_of

WORKFLOWS = "states.amazonaws.com"
RULES = "events.amazonaws.com"
SCHEDULES = "scheduler.amazonaws.com"
HOSTING = "sagemaker.amazonaws.com"
UNKNOWN_KEY = "The security token in the request is invalid."
RUNTIME_PATH = "/endpoints/"
GUARDED: Mapping[str, RequiredActionsOf] = {
    "sagemaker": required_actions_of,
    SCALING: required_actions_of_scaling,
    "servicequotas": required_actions_of_quotas,
    "tagging": required_actions_of_tagging,
}

NeededOfCaller = Callable[[str, Mapping[str, Any]], list[tuple[str, str]]]
Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]


class Principals:
    """Reads MiniStack's roles and sessions, which are in this process."""

    def __init__(self, iam: Any, sts: Any, evaluator: Any, router: Any, account_id: str) -> None:
        self._iam = iam
        self._sts = sts
        self._evaluator = evaluator
        self._router = router
        self._account_id = account_id

    def of_request(self, headers: Mapping[str, str], query: Mapping[str, Any]) -> Principal | None:
        """Return who signed a request; None for an unknown key."""
        key = self._router.extract_access_key_id(headers, query)
        found = self._evaluator.resolve_principal(key, self._account_id)
        return None if isinstance(found, self._evaluator.AuthError) else Principal(found.arn, found.policies)

    def of_role(self, role_arn: str, service: str) -> Principal:
        """Return a service acting under a role; one that it may not assume, or that does not exist, allows nothing."""
        name = role_arn.rpartition("/")[2]
        role = self._iam._roles.get_scoped(self._account_id, None, name)
        arn = self._session_arn(name, service)
        if role is None or not may_be_assumed_by(_trust(role), service, self._account_id):
            return Principal(arn, [])
        return Principal(arn, self._evaluator._gather_role_policies(name, self._account_id))

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


class Authorization:
    """Lets principals do what their policies allow, and nothing else."""

    def __init__(self, principals: Principals, scope: Scope, tags_of: TagsOf, key_policy_of: KeyPolicyOf) -> None:
        self.principals = principals
        self.scope = scope
        self._tags_of = tags_of
        self._key_policy_of = key_policy_of

    def refused(self, principal: Principal, required: list[RequiredAction]) -> str | None:
        """Return AWS's words of refusal, None for a principal that may."""
        missing = refused(principal, required, self.scope, self._tags_of, self._key_policy_of)
        return refusal(principal, missing) if missing else None

    def refused_role(self, role_arn: str, needed: Sequence[tuple[str, str]]) -> str | None:
        """Return AWS's words of refusal to SageMaker acting as an execution role, None for one that may."""
        required = [RequiredAction(action, resource) for action, resource in needed]
        return self.refused(self.principals.of_role(role_arn, HOSTING), required)

    def guarded(self, handler: Handler, required_actions_of: RequiredActionsOf) -> Handler:
        """Return a service's handler that answers as AWS does what the principal is not allowed."""

        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
        ) -> Response:
            principal = self.principals.of_request(headers, query_params)
            if principal is None:
                return error_response("UnrecognizedClientException", UNKNOWN_KEY, 403)
            try:
                # In a thread: what a call takes may depend on what other services of this engine answer.
                required = await asyncio.to_thread(self._required_actions, required_actions_of, path, headers, body)
            except ServiceError as malformed:
                return error_response(malformed.code, malformed.message, malformed.status)
            refused_with = self.refused(principal, required)
            if refused_with is None:
                return await handler(method, path, headers, body, query_params)
            return error_response("AccessDeniedException", refused_with, 403 if path.startswith(RUNTIME_PATH) else 400)

        return handle

    def guard_services(self, app: Any, needed_of_caller: NeededOfCaller) -> None:
        """Guard the services whose requests MiniStack does not evaluate.

        `needed_of_caller` returns what a call of SageMaker takes also, because of what exists.
        """

        def required_of_sagemaker(operation: str, params: Mapping[str, Any], scope: Scope) -> list[RequiredAction]:
            depending = [made_for_caller(*pair, scope) for pair in needed_of_caller(operation, params)]
            return [*required_actions_of(operation, params, scope), *depending]

        for service, required in {**GUARDED, "sagemaker": required_of_sagemaker}.items():
            app.SERVICE_HANDLERS[service] = self.guarded(app.SERVICE_HANDLERS[service], required)

    def _required_actions(
        self, required_actions_of: RequiredActionsOf, path: str, headers: Mapping[str, str], body: bytes
    ) -> list[RequiredAction]:
        if path.startswith(RUNTIME_PATH):
            return required_actions_of_invocation(path, self.scope)
        return required_actions_of(_operation(headers, path), params_of(body), self.scope)


def _operation(headers: Mapping[str, str], path: str) -> str:
    # JSON protocols name it in a header; the one that CloudWatch's clients speak, at the end of the path.
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), path)
    return target.replace("/", ".").rpartition(".")[2]


def authorization_of(settings: EngineSettings) -> Authorization | None:
    """Return what evaluates IAM in the engine, None where it is off."""
    if settings.iam != "enforced":
        return None
    from ministack.core import iam_evaluator, router  # noqa: PLC0415 - MiniStack reads its environment on import
    from ministack.services import iam, kms, sts, tagging  # noqa: PLC0415

    principals = Principals(iam, sts, iam_evaluator, router, ACCOUNT_ID)
    scope = Scope(settings.region, ACCOUNT_ID)

    def key_policy_of(key: str) -> str | None:
        found = kms.key_policy_for_arn(key)
        return str(found[0]) if found else None

    return Authorization(principals, scope, lambda resource: tagging.resource_tags(resource) or {}, key_policy_of)
