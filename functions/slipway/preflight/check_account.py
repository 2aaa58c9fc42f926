"""What the account must have before anything is created: a role that SageMaker may assume, and a large enough quota.

What may not be read, or not just now, is a warning: the check must not fail a deployment that SageMaker would take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from slipway.deployment.parts import variants_of
from slipway.deployment.plan import Plan
from slipway.errors import AwsRefused, ExecutionRoleMissing, NotFound, NotYet, QuotaExceeded, RoleNotAssumable
from slipway.preflight.trust_policy import trusts_sagemaker

UNREADABLE = (AwsRefused, NotYet)


# The trust policy of a role by its ARN. Raises `NotFound`, and what any call may.
TrustPolicyOf = Callable[[str], Mapping[str, Any]]
# How many instances a quota of that name allows; None where Service Quotas lists no such quota.
InstanceQuota = Callable[[str], int | None]


def check_account(
    plan: Plan, role_arn: str, trust_policy_of: TrustPolicyOf, instance_quota: InstanceQuota
) -> list[str]:
    """Return warnings; `role_arn` is the role of a plan that names none.

    Raises `ExecutionRoleMissing`, `RoleNotAssumable` or `QuotaExceeded`.
    """
    variants = variants_of(plan)
    models = [one.get("Model", {}) for one in variants if "ModelName" not in one]
    roles = dict.fromkeys(model.get("ExecutionRoleArn", role_arn) for model in models)
    usage = "transform job usage" if "Transform" in plan else "endpoint usage"
    return [
        *(warning for role in roles for warning in _check_role(role, trust_policy_of)),
        *(warning for variant in _together(variants) for warning in _check_quota(variant, usage, instance_quota)),
    ]


def _together(variants: Iterable[Plan]) -> list[Mapping[str, Any]]:
    """Return what variants are hosted on, those of one instance type as one, which their instances share."""
    counts: dict[str, int] = {}
    others = []
    for variant in (one.get("Variant", {}) for one in variants):
        if "InstanceType" in variant:
            count = counts.get(variant["InstanceType"], 0) + int(variant.get("InitialInstanceCount", 1))
            counts[variant["InstanceType"]] = count
        else:
            others.append(variant)
    return [*({"InstanceType": name, "InitialInstanceCount": count} for name, count in counts.items()), *others]


def _check_role(role_arn: str, trust_policy_of: TrustPolicyOf) -> list[str]:
    try:
        policy = trust_policy_of(role_arn)
    except NotFound:
        raise ExecutionRoleMissing(
            f"The execution role {role_arn} does not exist: deploy the stack again, which makes its own, or make it."
        ) from None
    except UNREADABLE as unread:
        return [f"Whether SageMaker may assume {role_arn} could not be checked ({_brief(unread)})."]
    if not trusts_sagemaker(policy):
        raise RoleNotAssumable(
            f"The execution role {role_arn} does not trust SageMaker: allow sagemaker.amazonaws.com sts:AssumeRole in "
            "its trust policy."
        )
    return []


def _check_quota(variant: Mapping[str, Any], usage: str, instance_quota: InstanceQuota) -> list[str]:
    if "ServerlessConfig" in variant:
        return []
    count = int(variant.get("InitialInstanceCount", 1))
    quotas = [f"{instance_type} for {usage}" for instance_type in instance_types(variant)]
    try:
        found = {name: instance_quota(name) for name in quotas}
    except UNREADABLE as unread:
        return [f'The quota "{quotas[0]}" could not be checked ({_brief(unread)}).']
    known = {name: quota for name, quota in found.items() if quota is not None}
    # SageMaker may take instances of several pools; only what all of them together cannot give is surely too much.
    if quotas and len(known) == len(quotas) and sum(known.values()) < count:
        raise QuotaExceeded(_too_small(quotas[0], known[quotas[0]], count))
    return [
        *(_too_small(name, quota, count) for name, quota in known.items() if quota < count),
        *(f'Service Quotas lists no "{name}"; it was not checked.' for name in found.keys() - known),
    ]


def instance_types(variant: Mapping[str, Any]) -> list[str]:
    """Return the instance types of a variant, of its pools in their order; none where it is serverless."""
    pools = variant.get("InstancePools", [variant] if "InstanceType" in variant else [])
    ordered = sorted(pools, key=lambda pool: int(pool.get("Priority", 1)))
    return list(dict.fromkeys(str(pool["InstanceType"]) for pool in ordered))


def _too_small(name: str, quota: int, count: int) -> str:
    wanted = "1 is" if count == 1 else f"{count} are"
    return (
        f'The account\'s quota "{name}" is {quota}, but {wanted} wanted: '
        "ask Service Quotas for more, or use another InstanceType."
    )


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).rstrip('.')}"
