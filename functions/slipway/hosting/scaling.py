"""What a deployment has to do with Application Auto Scaling of its endpoint's variants, until ConfigureScaling."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from slipway.aws.scaling import Scaling
from slipway.deployment.names import managed_alarm_name
from slipway.deployment.parts import VARIANT_NAME, variants_of
from slipway.deployment.plan import AutoScaling, Plan, VariantScaling
from slipway.deployment.scaling_tag import EVERY_VARIANT, ByVariant, for_variants
from slipway.errors import FieldsConflict, NotFound
from slipway.hosting.endpoint_policy import scaling_of

Description = Mapping[str, Any]
HAS_BACKLOG = "HasBacklogWithoutCapacity"
VARIANTS = ("ProductionVariants", "ShadowProductionVariants")
# The developer guide's "Update endpoints that use auto scaling": without it the endpoint falls back to the
# InitialInstanceCount of its configuration. What is captured, and the weights, are the new configuration's to say.
KEEPS_SIZE: dict[str, Any] = {
    "RetainAllVariantProperties": True,
    "ExcludeRetainedVariantProperties": [
        {"VariantPropertyType": "DataCaptureConfig"},
        {"VariantPropertyType": "DesiredWeight"},
    ],
}


def resource_id(endpoint_name: str, variant_name: str = VARIANT_NAME) -> str:
    """Return what Application Auto Scaling calls a variant."""
    return f"endpoint/{endpoint_name}/variant/{variant_name}"


def backlog_alarm_name(endpoint_name: str, variant_name: str) -> str:
    """Return the name of the alarm that wakes a variant without instances."""
    return managed_alarm_name(endpoint_name, variant_name, HAS_BACKLOG)


@dataclass(frozen=True)
class Hosted:
    """What of a configuration can be scaled: the names of its variants on instances, and of its shadows."""

    names: tuple[str, ...]
    shadows: tuple[str, ...] = ()
    is_asynchronous: bool = False

    def scaling(self, scaling: Mapping[str, AutoScaling]) -> ByVariant:
        """Return what of a scaling can hold for it. Scaling that names no variant is not that of shadows."""
        of_named = for_variants({name: one for name, one in scaling.items() if name}, list(self.shadows))
        found = for_variants(scaling, list(self.names)) | of_named
        return {name: one for name, one in found.items() if self._fits(one)}

    def _fits(self, scaling: AutoScaling) -> bool:
        return not self.is_asynchronous if "TargetInvocationsPerInstance" in scaling else self._has_backlog(scaling)

    def _has_backlog(self, scaling: AutoScaling) -> bool:
        return self.is_asynchronous or "TargetBacklogPerInstance" not in scaling


def hosted_by_plan(plan: Plan) -> Hosted:
    """Return what a plan hosts; instances of inference components are managed by SageMaker."""
    if "Components" in plan:
        return Hosted(())
    parts = [one for one in variants_of(plan) if "ServerlessConfig" not in one.get("Variant", {})]
    named = [(one.get("VariantName", VARIANT_NAME), one.get("IsShadow", False)) for one in parts]
    return Hosted(
        tuple(name for name, is_shadow in named if not is_shadow),
        tuple(name for name, is_shadow in named if is_shadow),
        "AsyncInferenceConfig" in plan.get("EndpointConfig", {}),
    )


def hosted_by_config(config: Description) -> Hosted:
    """Return what a described configuration hosts."""
    of_kind = [
        tuple(one["VariantName"] for one in config.get(kind, []) if "ServerlessConfig" not in one) for kind in VARIANTS
    ]
    return Hosted(of_kind[0], of_kind[1], "AsyncInferenceConfig" in config)


def named_scaling(endpoint_scaling: ByVariant) -> list[VariantScaling]:
    """Return the scaling of variants as it travels from state to state."""
    return [VariantScaling(VariantName=name, **scaling) for name, scaling in endpoint_scaling.items()]


@dataclass(frozen=True)
class CurrentScaling:
    """How an endpoint is scaled at this moment: its scalable targets, and what Slipway has set up, as its tags say."""

    targets: tuple[str, ...]
    ours: ByVariant

    @property
    def is_lost(self) -> bool:
        """Say whether what was set up is not there: this step has ended it, now or in an earlier turn."""
        return bool(self.ours) and not self.targets

    def ended(self) -> list[VariantScaling]:
        """Return what was set up and is not there."""
        return named_scaling(self.ours) if self.is_lost else []

    def size_kept(self, plan: Plan, hosted: Hosted) -> dict[str, Any]:
        """Return the fields of UpdateEndpoint that leave an endpoint at the size that it has now.

        One that is scaled stays so, and one whose deployment asks for it. What has no instances keeps none.
        """
        if not hosted.names or not (self.targets or self.ours or plan.get("KeepInstanceCount")):
            return {}
        return KEEPS_SIZE


def current_scaling(endpoint: Description, tags: Mapping[str, str], scaling: Scaling) -> CurrentScaling:
    """Return how an endpoint with these tags is scaled."""
    ours = _hosted_by_endpoint(endpoint).scaling(scaling_of(tags))
    return CurrentScaling(tuple(scaling.registered(resources_of(endpoint))), ours)


def _hosted_by_endpoint(endpoint: Description) -> Hosted:
    shadows = tuple(one["VariantName"] for one in endpoint.get("ShadowProductionVariants", []))
    names = tuple(name for name in variant_names(endpoint) if name not in shadows)
    return Hosted(names, shadows, "AsyncInferenceConfig" in endpoint)


def has_other_hosting(before: Description, after: Description) -> bool:
    """Say whether AWS refuses the update of a scaled endpoint from one configuration to another.

    Developer guide, "Update endpoints that use auto scaling": it does when the instance type of a scaled variant
    changes, or the variant is not there any more; the scalable target has to be deregistered first.
    """
    return _hosting(before) != _hosting(after)


def _hosting(config: Description) -> dict[str, Any]:
    variants = [variant for kind in VARIANTS for variant in config.get(kind, [])]
    return {one["VariantName"]: (one.get("InstanceType"), one.get("InstancePools")) for one in variants}


def end_scaling(endpoint: Description, scaling: Scaling) -> None:
    """End the scaling of an endpoint that is about to be deleted: the next one of its name shall not inherit it."""
    for resource in resources_of(endpoint):
        with suppress(NotFound):
            scaling.deregister(resource)
    if "AsyncInferenceConfig" in endpoint:
        # "When you delete a step scaling policy, this action deletes the underlying alarm action, but does not delete
        # the CloudWatch alarm" (API DeleteScalingPolicy).
        name = endpoint["EndpointName"]
        scaling.delete_alarms([backlog_alarm_name(name, variant) for variant in variant_names(endpoint)])


def check_scaling_of(plan: Plan, hosted: Hosted) -> None:
    """Check that an existing configuration can be scaled as a plan says. Raises `FieldsConflict`."""
    scaling = plan.get("AutoScaling")
    if not scaling or hosted.scaling({EVERY_VARIANT: scaling}):
        return
    what = "no variant on instances"
    if hosted.names:
        what = "an asynchronous variant" if hosted.is_asynchronous else "a variant that answers at once"
    wanted = "TargetBacklogPerInstance" if hosted.is_asynchronous else "TargetInvocationsPerInstance"
    remedy = f"write AutoScaling.{wanted}" if hosted.names else "remove AutoScaling"
    raise FieldsConflict(
        f"EndpointConfigName is {plan['EndpointConfigName']}, which has {what}, and AutoScaling does not fit: {remedy}."
    )


def variant_names(endpoint: Description) -> list[str]:
    """Return the names of an endpoint's variants, shadows last."""
    return [one["VariantName"] for kind in VARIANTS for one in endpoint.get(kind, [])] or [VARIANT_NAME]


def resources_of(endpoint: Description) -> list[str]:
    """Return what Application Auto Scaling calls an endpoint's variants."""
    return [resource_id(endpoint["EndpointName"], name) for name in variant_names(endpoint)]
