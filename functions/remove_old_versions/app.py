"""RemoveOldVersions: keep the newest configurations of the endpoint with their models, remove older ones."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.candidates import CandidateServices
from slipway.hosting.remove_candidate import remove_left_candidates
from slipway.versions.remove_old_versions import Cleanup, RemoveOldVersions


@task_handler
def handler(request: Request, services: Services) -> Cleanup:
    """Take {Plan, Artifact, EndpointConfig, Execution}; return what was removed, and what could not be."""
    deployment, describe_execution = Deployment.of(request, services.settings), services.describe_execution
    left = remove_left_candidates(deployment, CandidateServices(services.sagemaker, describe_execution))
    cleanup = RemoveOldVersions(deployment, services.versions, describe_execution)(request["EndpointConfig"])
    return Cleanup(Removed=[*left, *cleanup["Removed"]], Warnings=cleanup["Warnings"])
