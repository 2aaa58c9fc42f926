"""PlanRollout: the input of a rollout and its manifest become waves of deployments."""

from typing import Any

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.rollouts.plan_rollout import RolloutAws, plan_rollout


@task_handler
def handler(request: Request, services: Services) -> dict[str, Any]:
    """Take {Input, Execution}; return the waves, the instances and the cost."""
    aws = RolloutAws(services.rollout_files, services.sources, services.instance_quota, services.prices)
    return plan_rollout(request["Input"], request["Execution"], aws, services.settings)
