"""RestorePreviousConfig: put back what served before a version that failed in service, or after the deadline."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.failure.restore_previous_config import (
    Restoration,
    RestorationServices,
    Unproven,
    restore_previous_config,
)


@task_handler
def handler(request: Request, services: Services) -> Restoration:
    """Take {Plan, Artifact, MayUpdate, Execution} and the fields of `Unproven`; return what this turn did."""
    deployment, unproven = Deployment.of(request, services.settings), Unproven.of(request)
    aws = RestorationServices(services.sagemaker, services.scaling, services.describe_execution)
    return restore_previous_config(deployment, unproven, aws, may_update=request["MayUpdate"])
