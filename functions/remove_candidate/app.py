"""RemoveCandidate: delete the candidate, and those that stopped executions left."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.candidates import CandidateServices
from slipway.hosting.remove_candidate import RemoveCandidateOutput, remove_candidate


@task_handler
def handler(request: Request, services: Services) -> RemoveCandidateOutput:
    """Take {Plan, Artifact, WasSeen, Execution}; return what is removed, and the cost."""
    aws = CandidateServices(services.sagemaker, services.describe_execution)
    deployment, was_seen = Deployment.of(request, services.settings), request["WasSeen"]
    return remove_candidate(deployment, aws, services.prices.hourly_price, was_seen=was_seen)
