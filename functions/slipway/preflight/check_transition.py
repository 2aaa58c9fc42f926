"""Whether the endpoint that exists may become the one that is wanted. UpdateEndpoint would refuse it after the copy."""

from __future__ import annotations

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.endpoint_status import DELETE_ONLY, pending_config
from slipway.deployment.hosting_kind import check_change, hosting_kind
from slipway.deployment.plan import Plan
from slipway.errors import NotFound


def check_transition(plan: Plan, sagemaker: SageMaker) -> None:
    """Check the plan's kind of hosting against that of its endpoint. Raises `HostingCannotChange`.

    A failed endpoint is replaced and not updated, so that it may become anything.
    """
    name = plan["EndpointName"]
    try:
        endpoint = sagemaker.describe_endpoint(name)
        if endpoint["EndpointStatus"] in DELETE_ONLY:
            return
        current = sagemaker.describe_endpoint_config(pending_config(endpoint) or endpoint["EndpointConfigName"])
    except NotFound:
        return
    wanted = {"ProductionVariants": [plan.get("Variant", {})], **plan.get("EndpointConfig", {})}
    check_change(name, hosting_kind(current), hosting_kind(wanted))
