"""What a deployment has to do with Application Auto Scaling of its endpoint's variants.

The workflow registers targets and policies itself; here is what needs a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from slipway.aws.scaling import Scaling
from slipway.deployment.plan import Plan
from slipway.errors import FieldsConflict, NotFound
from slipway.hosting.requests import VARIANT_NAME

Description = Mapping[str, Any]
# The developer guide's "Update endpoints that use auto scaling": without it the endpoint falls back to the
# InitialInstanceCount of its configuration. What is captured is the new configuration's to say.
KEEPS_SIZE: dict[str, Any] = {
    "RetainAllVariantProperties": True,
    "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DataCaptureConfig"}],
}


def resource_id(endpoint_name: str, variant_name: str = VARIANT_NAME) -> str:
    """Return what Application Auto Scaling calls a variant."""
    return f"endpoint/{endpoint_name}/variant/{variant_name}"


def size_kept(endpoint: Description, plan: Plan, scaling: Scaling) -> dict[str, Any]:
    """Return the fields of UpdateEndpoint that leave an endpoint which is scaled at the size that it has now."""
    if "ServerlessConfig" in plan.get("Variant", {}):
        return {}  # what has no instances keeps none
    return KEEPS_SIZE if scaling.registered(resources_of(endpoint)) else {}


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
    if "AutoScaling" in plan and found:
        raise FieldsConflict(
            f"EndpointConfigName is {plan['EndpointConfigName']}, which has {found}, but AutoScaling needs one variant "
            "on instances that answers at once: remove AutoScaling."
        )
    return str(variants[0]["VariantName"])


def resources_of(endpoint: Description) -> list[str]:
    """Return what Application Auto Scaling calls an endpoint's variants."""
    variants = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    return [resource_id(endpoint["EndpointName"], name) for name in variants or [VARIANT_NAME]]
