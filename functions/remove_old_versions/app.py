"""RemoveOldVersions: keep the newest configurations of the endpoint with their models, remove older ones."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.versions.remove_old_versions import Cleanup, RemoveOldVersions


@task_handler
def handler(request: Request, services: Services) -> Cleanup:
    """Take {Plan, Artifact, EndpointConfig, Execution}; return what was removed, and what could not be."""
    plan, artifact, execution = request["Plan"], request["Artifact"] or None, request["Execution"]
    remove = RemoveOldVersions(plan, artifact, execution, services.versions, services.settings)
    return remove(request["EndpointConfig"])
