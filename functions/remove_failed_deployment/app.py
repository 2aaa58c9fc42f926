"""RemoveFailedDeployment: delete what this execution made, and only that."""

from slipway.bootstrap import Services
from slipway.entry_point import Request, entry_point
from slipway.use_cases.remove_failed_deployment import Removal, RemoveFailedDeployment


@entry_point
def handler(request: Request, services: Services) -> Removal:
    """Take {Plan, Image, Artifact, Execution}; return what was removed and what stays."""
    plan, image_uri, artifact = request["Plan"], request["Image"].get("ImageUri"), request["Artifact"] or None
    execution, sagemaker = request["Execution"], services.sagemaker
    scaling, archives, settings = services.scaling, services.kept_archives, services.settings
    return RemoveFailedDeployment(plan, image_uri, artifact, execution, sagemaker, scaling, archives, settings)()
