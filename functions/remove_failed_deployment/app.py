"""RemoveFailedDeployment: delete what this execution made, and only that."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.failure.remove_failed_deployment import Removal, RemovalServices, remove_failed_deployment


@task_handler
def handler(request: Request, services: Services) -> Removal:
    """Take {Plan, Image, Artifact, WasUpdated, Execution}; return what was removed and what stays."""
    deployment, image = Deployment.of(request, services.settings), request["Image"] or None
    aws = RemovalServices(services.versions, services.scaling, services.describe_execution, services.components)
    return remove_failed_deployment(deployment, image, was_updated=request["WasUpdated"], aws=aws)
