"""Whether the endpoint that exists may become the one that is wanted. UpdateEndpoint would refuse it after the copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.endpoint_status import DELETE_ONLY, pending_config, uses
from slipway.deployment.hosting_kind import check_change, hosting_kind
from slipway.deployment.plan import Plan
from slipway.errors import NotFound
from slipway.preflight.check_alarms import AlarmStates, check_alarms


def check_transition(plan: Plan, sagemaker: SageMaker, alarm_states: AlarmStates) -> list[str]:
    """Check the update of the plan's endpoint to what the plan describes; return warnings.

    Raises what `check_transition_to` raises.
    """
    variant = {"ModelName": "", **plan.get("Variant", {})}  # which is not created yet
    wanted = {"ProductionVariants": [variant], **plan.get("EndpointConfig", {})}
    return check_transition_to(plan, wanted, sagemaker, alarm_states)


def check_transition_to(
    plan: Plan, config: Mapping[str, Any], sagemaker: SageMaker, alarm_states: AlarmStates
) -> list[str]:
    """Check the update of the plan's endpoint to an endpoint configuration; return warnings.

    Raises `HostingCannotChange`, `AlarmNotFound` or `AlarmAlreadyFiring`.
    A new endpoint has no alarms to watch, and a failed one is replaced, so that it may become anything.
    """
    name = plan["EndpointName"]
    try:
        endpoint = sagemaker.describe_endpoint(name)
        if endpoint["EndpointStatus"] in DELETE_ONLY or uses(endpoint, str(config.get("EndpointConfigName"))):
            return []  # with its configuration, the endpoint serves it or has begun to
        current = sagemaker.describe_endpoint_config(pending_config(endpoint) or endpoint["EndpointConfigName"])
    except NotFound:
        return []
    check_change(name, hosting_kind(current), hosting_kind(config))
    return check_alarms(plan, alarm_states)
