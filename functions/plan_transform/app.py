"""PlanTransform: the input of a transform job becomes one validated plan."""

from slipway.batch.plan_transform import plan_transform
from slipway.deployment.plan import Plan
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler


@task_handler
def handler(request: Request, services: Services) -> Plan:
    """Take {Input, Execution}; return the plan."""
    return plan_transform(request["Input"], request["Execution"], services.sources, services.settings, services.prices)
