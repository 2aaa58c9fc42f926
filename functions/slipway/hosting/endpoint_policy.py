"""What holds for an endpoint beyond one deployment: its idle policy, and how it is scaled.

It is stored in tags of the endpoint, and of the configuration that it serves, which outlives the endpoint. A
deployment that says nothing of a part leaves it as it is; one that does replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from slipway.deployment.plan import AutoScaling, Plan
from slipway.deployment.tags import AUTO_SCALING, IDLE_AFTER_MINUTES, PROTECTED

PARTS = (IDLE_AFTER_MINUTES, PROTECTED, AUTO_SCALING)
NONE = "none"
SCALING = re.compile(r"(\d{1,9})/(\d{1,9})/(\d{1,9})")  # MinCapacity/MaxCapacity/TargetInvocationsPerInstance


def policy_of_plan(plan: Plan) -> dict[str, str]:
    """Return the parts that a deployment names."""
    policy = {}
    if "IdleAfterMinutes" in plan:
        policy[IDLE_AFTER_MINUTES] = str(plan["IdleAfterMinutes"])
    if "Protected" in plan:
        policy[PROTECTED] = "true" if plan["Protected"] else "false"
    if "AutoScaling" in plan:
        policy[AUTO_SCALING] = _bounds(plan["AutoScaling"])
    return policy


def _bounds(scaling: AutoScaling) -> str:
    if not scaling:
        return NONE  # AutoScaling: {} takes scaling off
    return f"{scaling['MinCapacity']}/{scaling['MaxCapacity']}/{scaling['TargetInvocationsPerInstance']}"


def policy_of_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the parts that an endpoint or a configuration bears."""
    return {part: tags[part] for part in PARTS if part in tags}


def user_tags(tags: Mapping[str, str], plan: Plan) -> dict[str, str]:
    """Return the user's own tags of a configuration, such as cost centres, but those that a deployment names itself."""
    said = {tag["Key"] for tag in plan["Tags"]}
    return {key: tags[key] for key in tags if key not in said and not key.startswith(("slipway:", "aws:"))}


def scaling_of(policy: Mapping[str, str]) -> AutoScaling | None:
    """Return how an endpoint of this policy is scaled; None for what is not, or what another tool has written."""
    found = SCALING.fullmatch(policy.get(AUTO_SCALING, ""))
    if not found:
        return None
    least, most, target = map(int, found.groups())
    if not 1 <= least <= most or target < 1:
        return None
    return AutoScaling(MinCapacity=least, MaxCapacity=most, TargetInvocationsPerInstance=target)


def may_be_scaled(plan: Plan) -> bool:
    """Say whether scaling of before can hold for what a plan hosts: on instances, and answering at once."""
    return "ServerlessConfig" not in plan.get("Variant", {}) and "AsyncInferenceConfig" not in plan.get(
        "EndpointConfig", {}
    )
