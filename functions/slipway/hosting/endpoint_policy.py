"""What holds for an endpoint beyond one deployment: its idle policy, and how it is scaled.

It is stored in tags of the endpoint, and of the configuration that it serves, which outlives the endpoint. A
deployment that says nothing of a part leaves it as it is; one that does replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping

from slipway.deployment.parts import variants_of
from slipway.deployment.plan import Plan
from slipway.deployment.scaling_tag import EVERY_VARIANT, ByVariant, scaling_from, scaling_text
from slipway.deployment.tags import AUTO_SCALING, IDLE_AFTER_MINUTES, PROTECTED

PARTS = (IDLE_AFTER_MINUTES, PROTECTED, AUTO_SCALING)


def policy_of_plan(plan: Plan) -> dict[str, str]:
    """Return the parts that a deployment names."""
    policy = {}
    if "IdleAfterMinutes" in plan:
        policy[IDLE_AFTER_MINUTES] = str(plan["IdleAfterMinutes"])
    if "Protected" in plan:
        policy[PROTECTED] = "true" if plan["Protected"] else "false"
    scaling = _scaling_of_plan(plan)
    if scaling is not None:
        policy[AUTO_SCALING] = scaling_text(scaling)
    return policy


def names_scaling(plan: Plan) -> bool:
    """Say whether a deployment says how its endpoint is scaled, or that it is not."""
    return _scaling_of_plan(plan) is not None


def _scaling_of_plan(plan: Plan) -> ByVariant | None:
    parts = variants_of(plan)
    if not any("AutoScaling" in part for part in parts):
        return None
    said = {part.get("VariantName", EVERY_VARIANT): part.get("AutoScaling") for part in parts}
    return {name: scaling for name, scaling in said.items() if scaling}


def policy_of_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the parts that an endpoint or a configuration bears."""
    return {part: tags[part] for part in PARTS if part in tags}


def user_tags(tags: Mapping[str, str], plan: Plan) -> dict[str, str]:
    """Return the user's own tags of a configuration, such as cost centres, but those that a deployment names itself."""
    said = {tag["Key"] for tag in plan["Tags"]}
    return {key: tags[key] for key in tags if key not in said and not key.startswith(("slipway:", "aws:"))}


def scaling_of(policy: Mapping[str, str]) -> ByVariant:
    """Return how the variants of an endpoint of this policy are scaled."""
    return scaling_from(policy.get(AUTO_SCALING, ""))
