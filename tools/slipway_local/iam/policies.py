"""Whether policies allow what is needed, by MiniStack's evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.iam_evaluator import (
    EvalContext,
    _names_condition_key,
    combine_resource_policy,
    evaluate,
    parse_policy_document,
)

from slipway_local.iam.required_actions import RequiredAction, Scope

RESOURCE_TAG = "aws:resourcetag/"


@dataclass(frozen=True)
class Principal:
    """Who calls, and its identity-based policies, parsed; None for the account's root, who may do everything."""

    arn: str
    policies: list[list[Any]] | None

    @classmethod
    def of(cls, arn: str, documents: Iterable[Mapping[str, Any]]) -> Principal:
        """Return a principal with these policy documents."""
        return cls(arn, [parse_policy_document(dict(document)) for document in documents])


@dataclass(frozen=True)
class Refused:
    """A required action that is not allowed, and which kind of policy decided it."""

    missing: RequiredAction
    by_key_policy: bool = False
    explicitly: bool = False


TagsOf = Callable[[str], Mapping[str, str]]
KeyPolicyOf = Callable[[str], str | None]


def no_tags(_resource: str) -> Mapping[str, str]:
    """Return the tags of a resource, where no policy names any."""
    return {}


def no_key_policy(_key: str) -> None:
    """Return the policy of a KMS key, where no key is known."""


def refused(
    principal: Principal,
    required: Iterable[RequiredAction],
    scope: Scope,
    tags_of: TagsOf = no_tags,
    key_policy_of: KeyPolicyOf = no_key_policy,
) -> Refused | None:
    """Return the first required action that the policies do not allow, None when they allow all.

    `tags_of` returns the tags of a resource by its ARN, for conditions on them; `key_policy_of` the policy of a KMS
    key, None for an unknown key, which leaves the caller's own policies.
    """
    if principal.policies is None:
        return None
    evaluated = (_refused(principal, one, scope, tags_of, key_policy_of) for one in required)
    return next((found for found in evaluated if found), None)


def refusal(principal: Principal, refused: Refused) -> str:
    """Return the words that AWS refuses with."""
    action, resource = refused.missing.action, refused.missing.resource
    article, kind = ("a", "resource-based") if refused.by_key_policy else ("an", "identity-based")
    implicitly = f"because no {kind} policy allows the {action} action"
    why = f"with an explicit deny in {article} {kind} policy" if refused.explicitly else implicitly
    return f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource} {why}"


def may_be_assumed_by(trust: Mapping[str, Any], service: str, account_id: str) -> bool:
    """Say whether a trust policy lets an AWS service assume the role on behalf of this account."""
    statements = trust.get("Statement", [])
    naming = [statement for statement in _listed(statements) if service in _services(statement.get("Principal", {}))]
    # A trust policy names no resource: it is the role's.
    document = {"Statement": [{**statement, "Resource": "*"} for statement in naming]}
    required_action = RequiredAction("sts:AssumeRole", "*", {"aws:sourceaccount": account_id})
    return refused(Principal.of(service, [document]), [required_action], Scope("", account_id)) is None


def _refused(
    principal: Principal, missing: RequiredAction, scope: Scope, tags_of: TagsOf, key_policy_of: KeyPolicyOf
) -> Refused | None:
    context = _context(principal, missing, scope, tags_of)
    identity = decided = evaluate(context, principal.policies)
    key_policy = key_policy_of(missing.resource) if missing.action.startswith("kms:") else None
    if key_policy is not None:
        # "Unless the key policy explicitly allows it, you cannot use IAM policies to allow access to a KMS key. [...]
        # (You can use an IAM policy to deny a permission to a KMS key without permission from a key policy.)":
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
        decided = combine_resource_policy(identity, context, key_policy, scope.account_id, required=True)
    if decided.decision == "Allow":
        return None
    return Refused(missing, by_key_policy=decided is not identity, explicitly=decided.decision == "Deny")


def _context(principal: Principal, missing: RequiredAction, scope: Scope, tags_of: TagsOf) -> EvalContext:
    tags = tags_of(missing.resource) if _names_condition_key(principal.policies, RESOURCE_TAG) else {}
    return EvalContext(
        principal_arn=principal.arn,
        principal_type="AssumedRole",
        principal_account=scope.account_id,
        action=missing.action,
        resource_arn=missing.resource,
        region=scope.region,
        service_context={
            "aws:tagkeys": None,
            **{f"{RESOURCE_TAG}{key}".lower(): value for key, value in tags.items()},
            **missing.keys,
        },
    )


def _services(principal: str | Mapping[str, Any]) -> list[Any]:
    return _listed(principal.get("Service", [])) if isinstance(principal, Mapping) else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
