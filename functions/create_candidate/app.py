"""CreateCandidate: an endpoint of the new version for the smoke test."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.candidates import CandidateServices
from slipway.hosting.create_candidate import CreateCandidateOutput, create_candidate


@task_handler
def handler(request: Request, services: Services) -> CreateCandidateOutput:
    """Take {Plan, Artifact, EndpointConfig, Execution}; return the candidate, or that another one is tested."""
    deployment, aws = (
        Deployment.of(request, services.settings),
        CandidateServices(services.sagemaker, services.describe_execution),
    )
    return create_candidate(deployment, request["EndpointConfig"]["EndpointConfigName"], aws)
