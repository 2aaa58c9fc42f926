"""Whether the endpoint that exists may become the one that is wanted. UpdateEndpoint would refuse it after the copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.endpoint_status import DELETE_ONLY, pending_config, uses
from slipway.deployment.hosting_kind import check_change, check_instances_of_components, hosting_kind
from slipway.deployment.parts import VARIANT_NAME, variants_of
from slipway.deployment.plan import Plan
from slipway.errors import DeploymentConfigInvalid, NotFound
from slipway.preflight.check_alarms import AlarmStates, check_alarms


def check_transition(plan: Plan, sagemaker: SageMaker, alarm_states: AlarmStates) -> list[str]:
    """Check the update of the plan's endpoint to what the plan describes; return warnings.

    Raises what `check_transition_to` raises.
    """
    if "Transform" in plan:
        return []  # there is no endpoint
    model = {} if "Components" in plan else {"ModelName": ""}
    variants = [
        {"VariantName": one.get("VariantName", VARIANT_NAME), **model, **one.get("Variant", {})}
        for one in variants_of(plan)  # whose models are not created yet
        if not one.get("IsShadow")
    ]
    wanted = {"ProductionVariants": variants, **plan.get("EndpointConfig", {})}
    return check_transition_to(plan, wanted, sagemaker, alarm_states)


def check_transition_to(
    plan: Plan, config: Mapping[str, Any], sagemaker: SageMaker, alarm_states: AlarmStates
) -> list[str]:
    """Check the update of the plan's endpoint to an endpoint configuration; return warnings.

    Raises `HostingCannotChange`, `DeploymentConfigInvalid`, `AlarmNotFound` or `AlarmAlreadyFiring`.
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
    check_instances_of_components(name, current, config)
    _check_names(plan, current, config)
    return check_alarms(plan, alarm_states)


def _check_names(plan: Plan, current: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Check that an update with a DeploymentConfig keeps the variants' names (DG "Deployment guardrails": exclusions).

    Without one, traffic moves all at once, and variants may come and go.
    """
    before, after = ([one["VariantName"] for one in config["ProductionVariants"]] for config in (current, wanted))
    if plan.get("DeploymentConfig") and set(before) != set(after):
        raise DeploymentConfigInvalid(
            f"DeploymentConfig: the endpoint {plan['EndpointName']} has the variants {', '.join(before)}, and the "
            f"deployment {', '.join(after)}, but traffic shifts in steps between variants of one name only: keep the "
            "names, or remove DeploymentConfig."
        )
