"""Whether the account's quota has room for a candidate beside the endpoint."""

from __future__ import annotations

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.endpoint_status import DELETE_ONLY
from slipway.deployment.plan import BEFORE_TRAFFIC, Plan
from slipway.errors import NotFound, QuotaExceeded
from slipway.preflight.check_account import UNREADABLE, InstanceQuota
from slipway.prices.hosting_cost import hosted_on


def check_candidate(plan: Plan, sagemaker: SageMaker, instance_quota: InstanceQuota) -> Plan:
    """Return the plan of a deployment if there is room for its candidate. Raises `QuotaExceeded`.

    A new endpoint has no candidate. A quota that cannot be read is among the warnings of the account's own check.
    """
    instance_type = plan.get("Variant", {}).get("InstanceType")
    if "SmokeTest" not in plan or plan["SmokeTest"]["Stage"] != BEFORE_TRAFFIC or instance_type is None:
        return plan
    try:
        endpoint = sagemaker.describe_endpoint(plan["EndpointName"])
        config = sagemaker.describe_endpoint_config(endpoint["EndpointConfigName"])
        quota = instance_quota(f"{instance_type} for endpoint usage")
    except (NotFound, *UNREADABLE):
        return plan
    running = hosted_on(endpoint, config).get(instance_type, 0)
    if quota is None or endpoint["EndpointStatus"] in DELETE_ONLY or running + 1 <= quota:
        return plan
    raise QuotaExceeded(
        f'The account\'s quota "{instance_type} for endpoint usage" is {quota}, but {running + 1} are needed while the '
        f"new version is tested, {running} by the endpoint and 1 by its candidate: ask Service Quotas for more, or "
        'write "Stage": "AfterTraffic" in SmokeTest.'
    )
