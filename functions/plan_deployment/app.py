"""PlanDeployment: what started the execution becomes one validated plan."""

from slipway.deployment.plan import Plan
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.planning.plan_deployment import plan_deployment
from slipway.smoke_test.smoke_test import check_samples


@task_handler
def handler(request: Request, services: Services) -> Plan:
    """Take {Input, Execution}; return the plan."""
    read_side_file, sources = services.read_side_file, services.sources
    plan = plan_deployment(request["Input"], request["Execution"], read_side_file, sources, services.settings)
    return check_samples(plan, services.open_payload)
