"""CreateModel: the model under a content-addressed name."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.create_model import CreateModelOutput, create_model


@task_handler
def handler(request: Request, services: Services) -> CreateModelOutput:
    """Take {Plan, Image, Artifact, Execution}; return the model's name and ARN."""
    deployment = Deployment.of(request, services.settings)
    return create_model(deployment, request["Image"], services.sagemaker, services.model_archives)
