"""PlanTransform: the input of a transform job, or an upload of its data, becomes one validated plan."""

from slipway.batch.plan_transform import plan_transform
from slipway.deployment.plan import Plan
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler


@task_handler
def handler(request: Request, services: Services) -> Plan:
    """Take {Input, Execution}; return the plan."""
    read_side_file, sources = services.read_side_file, services.sources
    return plan_transform(request["Input"], request["Execution"], read_side_file, sources, services.settings)
