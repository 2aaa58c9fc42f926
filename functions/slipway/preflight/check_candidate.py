"""Whether the account's quotas have room for a candidate beside the endpoint."""

from __future__ import annotations

from collections import Counter

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.endpoint_status import DELETE_ONLY
from slipway.deployment.parts import variants_of
from slipway.deployment.plan import BEFORE_TRAFFIC, Plan
from slipway.errors import NotFound, QuotaExceeded
from slipway.preflight.check_account import UNREADABLE, InstanceQuota, instance_types
from slipway.prices.hosting_cost import hosted_on


def check_candidate(plan: Plan, sagemaker: SageMaker, instance_quota: InstanceQuota) -> Plan:
    """Return the plan of a deployment if there is room for its candidate. Raises `QuotaExceeded`.

    A new endpoint has no candidate. A quota that cannot be read is among the warnings of the account's own check.
    """
    wanted = _instances(plan)
    if "SmokeTest" not in plan or plan["SmokeTest"]["Stage"] != BEFORE_TRAFFIC or not wanted:
        return plan
    try:
        endpoint = sagemaker.describe_endpoint(plan["EndpointName"])
        config = sagemaker.describe_endpoint_config(endpoint["EndpointConfigName"])
        quotas = {name: instance_quota(f"{name} for endpoint usage") for types in wanted for name in types}
    except (NotFound, *UNREADABLE):
        return plan
    if endpoint["EndpointStatus"] in DELETE_ONLY:
        return plan
    running = hosted_on(endpoint, config)
    certain = Counter(types[0] for types in wanted if len(types) == 1)
    for types in wanted:
        # Of instance pools, another one may have room (developer guide, "Deploy to multiple instance types with
        # instance pools").
        needed = {name: certain[name] + (len(types) > 1) for name in types}
        known = {name: quota for name in types if (quota := quotas[name]) is not None}
        full = [name for name, quota in known.items() if running.get(name, 0) + needed[name] > quota]
        if len(full) == len(types):
            raise QuotaExceeded(_message([(name, known[name], running.get(name, 0), needed[name]) for name in full]))
    return plan


def _instances(plan: Plan) -> list[list[str]]:
    """Return for each instance of the candidate the types that it may have. Shadow variants have none."""
    variants = [one.get("Variant", {}) for one in variants_of(plan) if not one.get("IsShadow")]
    return [types for types in map(instance_types, variants) if types]


def _message(full: list[tuple[str, int, int, int]]) -> str:
    quotas = "; ".join(
        f'"{name} for endpoint usage" is {quota}, but {running + needed} are needed while the new version is tested, '
        f"{running} by the endpoint and {needed} by its candidate"
        for name, quota, running, needed in full
    )
    return f'The account\'s quota {quotas}: ask Service Quotas for more, or write "Stage": "AfterTraffic" in SmokeTest.'
