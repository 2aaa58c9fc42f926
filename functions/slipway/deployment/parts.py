"""The parts of a plan, each a plan of its own: variants, inference components, or the containers of one model."""

from __future__ import annotations

from typing import TypeVar, cast

from slipway.deployment.plan import Artifact, ContainerPlan, Plan, PlannedImage

VARIANT_NAME = "AllTraffic"  # the name the console and the SDK give a single variant
OF_MODELS = ("Variants", "Components")  # each with a model of its own
NO_PART = (*OF_MODELS, "Containers")

Result = TypeVar("Result", PlannedImage, Artifact)


def parts_of(plan: Plan) -> list[Plan]:
    """Return a plan for each part; nothing for one variant of one container."""
    if any(kind in plan for kind in OF_MODELS):
        return models_of_plan(plan)
    return [_of_container(plan, container) for container in plan.get("Containers", [])]


def variants_of(plan: Plan) -> list[Plan]:
    """Return a plan for each variant; where none is named, the plan itself."""
    return models_of_plan(plan) if "Variants" in plan else [plan]


def models_of_plan(plan: Plan) -> list[Plan]:
    """Return a plan for each model: that of each variant or inference component, or the plan itself."""
    parts = next((plan[kind] for kind in OF_MODELS if kind in plan), None)  # type: ignore[literal-required]
    if parts is None:
        return [plan]
    rest = {name: value for name, value in plan.items() if name not in NO_PART}
    return [cast("Plan", {**rest, **part}) for part in parts]


def results_of(plan: Plan, result: Result) -> list[Result]:
    """Return what a state found for each model of a plan."""
    return list(result["Parts"]) if any(kind in plan for kind in OF_MODELS) else [result]


def variant_names(plan: Plan) -> list[str]:
    """Return the names of the variants that answer requests: shadows do not."""
    return [one.get("VariantName", VARIANT_NAME) for one in variants_of(plan) if not one.get("IsShadow")]


def _of_container(plan: Plan, container: ContainerPlan) -> Plan:
    rest = {name: value for name, value in plan.items() if name not in NO_PART}
    model = {**plan["Model"], "Environment": container["Environment"]}
    own = {name: value for name, value in container.items() if name != "Environment"}
    return cast("Plan", {**rest, **own, "Model": model})
