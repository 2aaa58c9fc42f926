"""CreateTransformJob: start the job, or find that the same request has one."""

from slipway.batch.create_transform_job import CreateTransformJobOutput, create_transform_job
from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler


@task_handler
def handler(request: Request, services: Services) -> CreateTransformJobOutput:
    """Take {Plan, Artifact, Model, Execution}; return the job's name and ARN."""
    deployment = Deployment.of(request, services.settings)
    return create_transform_job(deployment, request["Model"]["ModelName"], services.transform_jobs)
