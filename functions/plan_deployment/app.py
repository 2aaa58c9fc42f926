"""PlanDeployment: what started the execution becomes one validated plan."""

from slipway.bootstrap import Services
from slipway.domain.plan import Plan
from slipway.entry_point import Request, entry_point
from slipway.use_cases.plan_deployment import plan_deployment


@entry_point
def handler(request: Request, services: Services) -> Plan:
    """Take {Input, Execution}; return the plan."""
    return plan_deployment(request["Input"], request["Execution"], services.side_files, services.settings)
