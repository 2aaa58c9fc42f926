"""The parts of a plan, each a plan of its own: the containers of a model that has several."""

from __future__ import annotations

from typing import cast

from slipway.deployment.plan import ContainerPlan, Plan


def parts_of(plan: Plan) -> list[Plan]:
    """Return a plan for each container of a model that has several; nothing for a model with one."""
    return [_of_container(plan, container) for container in plan.get("Containers", [])]


def _of_container(plan: Plan, container: ContainerPlan) -> Plan:
    rest = {name: value for name, value in plan.items() if name != "Containers"}
    model = {**plan["Model"], "Environment": container["Environment"]}
    own = {name: value for name, value in container.items() if name != "Environment"}
    return cast("Plan", {**rest, **own, "Model": model})
