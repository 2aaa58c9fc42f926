"""The parts of a plan, each a plan of its own: its variants, or the containers of a model that has several."""

from __future__ import annotations

from typing import TypeVar, cast

from slipway.deployment.plan import Artifact, ContainerPlan, Plan, PlannedImage

VARIANT_NAME = "AllTraffic"  # the name the console and the SDK give a single variant
NO_PART = ("Variants", "Containers")

Result = TypeVar("Result", PlannedImage, Artifact)


def parts_of(plan: Plan) -> list[Plan]:
    """Return a plan for each part; nothing for one variant of one container."""
    if "Variants" in plan:
        return variants_of(plan)
    return [_of_container(plan, container) for container in plan.get("Containers", [])]


def variants_of(plan: Plan) -> list[Plan]:
    """Return a plan for each variant; where none is named, the plan itself."""
    if "Variants" not in plan:
        return [plan]
    rest = {name: value for name, value in plan.items() if name not in NO_PART}
    return [cast("Plan", {**rest, **variant}) for variant in plan["Variants"]]


def results_of(plan: Plan, result: Result) -> list[Result]:
    """Return what a state found for each variant of a plan."""
    return list(result["Parts"]) if "Variants" in plan else [result]


def variant_names(plan: Plan) -> list[str]:
    """Return the names of the variants that answer requests: shadows do not."""
    return [one.get("VariantName", VARIANT_NAME) for one in variants_of(plan) if not one.get("IsShadow")]


def _of_container(plan: Plan, container: ContainerPlan) -> Plan:
    rest = {name: value for name, value in plan.items() if name not in NO_PART}
    model = {**plan["Model"], "Environment": container["Environment"]}
    own = {name: value for name, value in container.items() if name != "Environment"}
    return cast("Plan", {**rest, **own, "Model": model})
