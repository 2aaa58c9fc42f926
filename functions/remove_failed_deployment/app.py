"""RemoveFailedDeployment: delete what this execution made, and only that."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.failure.remove_failed_deployment import Removal, RemoveFailedDeployment


@task_handler
def handler(request: Request, services: Services) -> Removal:
    """Take {Plan, Image, Artifact, Execution}; return what was removed and what stays."""
    plan, image_uri, artifact = request["Plan"], request["Image"].get("ImageUri"), request["Artifact"] or None
    execution, sagemaker = request["Execution"], services.sagemaker
    scaling, archives, settings = services.scaling, services.model_archives, services.settings
    return RemoveFailedDeployment(plan, image_uri, artifact, execution, sagemaker, scaling, archives, settings)()
