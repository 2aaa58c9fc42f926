"""What a deployment has to do with Application Auto Scaling of its endpoint's variants.

The workflow registers targets and policies itself; here is what needs a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from slipway.aws.scaling import Scaling
from slipway.deployment.parts import VARIANT_NAME
from slipway.deployment.plan import AutoScaling, Plan
from slipway.errors import FieldsConflict, NotFound
from slipway.hosting.endpoint_policy import scaling_of

Description = Mapping[str, Any]
# The developer guide's "Update endpoints that use auto scaling": without it the endpoint falls back to the
# InitialInstanceCount of its configuration. What is captured is the new configuration's to say.
KEEPS_SIZE: dict[str, Any] = {
    "RetainAllVariantProperties": True,
    "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DataCaptureConfig"}],
}
# The weights of several variants are the new configuration's to say, too.
KEEPS_COUNT: dict[str, Any] = {
    **KEEPS_SIZE,
    "ExcludeRetainedVariantProperties": [
        *KEEPS_SIZE["ExcludeRetainedVariantProperties"],
        {"VariantPropertyType": "DesiredWeight"},
    ],
}


def resource_id(endpoint_name: str, variant_name: str = VARIANT_NAME) -> str:
    """Return what Application Auto Scaling calls a variant."""
    return f"endpoint/{endpoint_name}/variant/{variant_name}"


class EndedScaling(AutoScaling):
    """Scaling that an endpoint had, and what was scaled."""

    ResourceId: str


@dataclass(frozen=True)
class CurrentScaling:
    """How an endpoint is scaled at this moment: its scalable targets, and what Slipway has set up, as its tags say."""

    targets: tuple[str, ...]
    ours: AutoScaling | None

    @property
    def is_lost(self) -> bool:
        """Say whether what was set up is not there: this step has ended it, now or in an earlier turn."""
        return self.ours is not None and not self.targets

    def ended(self, endpoint: Description) -> EndedScaling | None:
        """Return what was set up and is not there."""
        return {**self.ours, "ResourceId": resources_of(endpoint)[0]} if self.ours and not self.targets else None

    def size_kept(self, plan: Plan) -> dict[str, Any]:
        """Return the fields of UpdateEndpoint that leave an endpoint which is scaled at the size that it has now."""
        if "ServerlessConfig" in plan.get("Variant", {}):
            return {}  # what has no instances keeps none
        if not (self.targets or self.ours):
            return {}
        return KEEPS_COUNT if "Variants" in plan else KEEPS_SIZE


def current_scaling(endpoint: Description, tags: Mapping[str, str], scaling: Scaling) -> CurrentScaling:
    """Return how an endpoint with these tags is scaled."""
    return CurrentScaling(tuple(scaling.registered(resources_of(endpoint))), scaling_of(tags))


def has_other_hosting(before: Description, after: Description) -> bool:
    """Say whether AWS refuses the update of a scaled endpoint from one configuration to another.

    Developer guide, "Update endpoints that use auto scaling": it does when the instance type of a scaled variant
    changes, or the variant is not there any more; the scalable target has to be deregistered first.
    """
    return _hosting(before) != _hosting(after)


def _hosting(config: Description) -> dict[str, Any]:
    variants = config.get("ProductionVariants", [])
    return {one["VariantName"]: (one.get("InstanceType"), one.get("InstancePools")) for one in variants}


def end_scaling(endpoint: Description, scaling: Scaling) -> None:
    """End the scaling of an endpoint that is about to be deleted: the next one of its name shall not inherit it."""
    for resource in resources_of(endpoint):
        with suppress(NotFound):
            scaling.deregister(resource)


def scaled_variant(plan: Plan, config: Description) -> str:
    """Return the name of the variant that an existing configuration scales. Raises `FieldsConflict`.

    Several variants would need a target each; serverless ones have no instances, asynchronous ones no invocations.
    """
    variants = config["ProductionVariants"]
    why = {
        "several variants": len(variants) > 1,
        "a serverless variant": "ServerlessConfig" in variants[0],
        "an asynchronous variant": "AsyncInferenceConfig" in config,
    }
    found = next((what for what, applies in why.items() if applies), None)
    if plan.get("AutoScaling") and found:
        raise FieldsConflict(
            f"EndpointConfigName is {plan['EndpointConfigName']}, which has {found}, but AutoScaling needs one variant "
            "on instances that answers at once: remove AutoScaling."
        )
    return str(variants[0]["VariantName"])


def resources_of(endpoint: Description) -> list[str]:
    """Return what Application Auto Scaling calls an endpoint's variants."""
    variants = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    return [resource_id(endpoint["EndpointName"], name) for name in variants or [VARIANT_NAME]]
