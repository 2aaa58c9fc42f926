"""RemoveOldVersions: keep the newest configurations of the endpoint with their models, remove older ones."""

from slipway.bootstrap import Services
from slipway.entry_point import Request, entry_point
from slipway.use_cases.remove_old_versions import Cleanup, RemoveOldVersions


@entry_point
def handler(request: Request, services: Services) -> Cleanup:
    """Take {Plan, Artifact, EndpointConfig, Execution}; return what was removed, and what could not be."""
    plan, config, artifact = request["Plan"], request["EndpointConfig"], request["Artifact"] or None
    execution, sagemaker, archives = request["Execution"], services.sagemaker, services.kept_archives
    return RemoveOldVersions(plan, config, artifact, execution, sagemaker, archives, services.settings)()
