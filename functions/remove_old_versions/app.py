"""RemoveOldVersions: keep the newest configurations of the endpoint with their models, remove older ones."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.versions.remove_old_versions import Cleanup, RemoveOldVersions


@task_handler
def handler(request: Request, services: Services) -> Cleanup:
    """Take {Plan, Artifact, EndpointConfig, Execution}; return what was removed, and what could not be."""
    plan, config, artifact = request["Plan"], request["EndpointConfig"], request["Artifact"] or None
    execution, sagemaker, archives = request["Execution"], services.sagemaker, services.model_archives
    return RemoveOldVersions(plan, config, artifact, execution, sagemaker, archives, services.settings)()
