"""PlanDeployment: what started the execution becomes one validated plan."""

from slipway.bootstrap import Services
from slipway.domain.plan import Plan
from slipway.entry_point import Request, entry_point
from slipway.use_cases.plan_deployment import plan_deployment
from slipway.use_cases.smoke_test import check_payload


@entry_point
def handler(request: Request, services: Services) -> Plan:
    """Take {Input, Execution}; return the plan."""
    side_files, sources = services.side_files, services.sources
    plan = plan_deployment(request["Input"], request["Execution"], side_files, sources, services.settings)
    return check_payload(plan, services.payloads)
