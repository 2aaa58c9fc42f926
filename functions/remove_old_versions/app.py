"""RemoveOldVersions: keep the newest configurations of the endpoint with their models, remove older ones."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.versions.remove_old_versions import Cleanup, RemoveOldVersions


@task_handler
def handler(request: Request, services: Services) -> Cleanup:
    """Take {Plan, Artifact, EndpointConfig, Execution}; return what was removed, and what could not be."""
    deployment = Deployment.of(request, services.settings)
    return RemoveOldVersions(deployment, services.versions, services.describe_execution)(request["EndpointConfig"])
