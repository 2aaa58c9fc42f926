"""Whether policies allow what is needed, by MiniStack's evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import EvalContext, _names_condition_key, evaluate, parse_policy_document

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


TagsOf = Callable[[str], Mapping[str, str]]


def no_tags(_resource: str) -> Mapping[str, str]:
    """Return the tags of a resource, where no policy names any."""
    return {}


def refused(
    principal: Principal, required: Iterable[RequiredAction], scope: Scope, tags_of: TagsOf = no_tags
) -> RequiredAction | None:
    """Return the first need that the caller's policies do not allow, None when they allow all.

    `tags_of` returns the tags of a resource by its ARN, for conditions on them.
    """
    if principal.policies is None:
        return None
    return next((one for one in required if not _allows(principal, one, scope, tags_of)), None)


def refusal(principal: Principal, missing: RequiredAction) -> str:
    """Return the words that AWS refuses with."""
    message: str = identity_denial_message(missing.action, principal.arn, missing.resource, explicit_deny=False)
    return message


def may_be_assumed_by(trust: Mapping[str, Any], service: str, account_id: str) -> bool:
    """Say whether a trust policy lets an AWS service assume the role on behalf of this account."""
    statements = trust.get("Statement", [])
    naming = [statement for statement in _listed(statements) if service in _services(statement.get("Principal", {}))]
    # A trust policy names no resource: it is the role's.
    document = {"Statement": [{**statement, "Resource": "*"} for statement in naming]}
    required_action = RequiredAction("sts:AssumeRole", "*", {"aws:sourceaccount": account_id})
    return _allows(Principal.of(service, [document]), required_action, Scope("", account_id))


def _allows(principal: Principal, missing: RequiredAction, scope: Scope, tags_of: TagsOf = no_tags) -> bool:
    tags = tags_of(missing.resource) if _names_condition_key(principal.policies, RESOURCE_TAG) else {}
    context = EvalContext(
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
    return bool(evaluate(context, principal.policies).decision == "Allow")


def _services(principal: str | Mapping[str, Any]) -> list[Any]:
    return _listed(principal.get("Service", [])) if isinstance(principal, Mapping) else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
