"""CreateModel: the model under a content-addressed name."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.create_model import CreateModelOutput, create_model


@task_handler
def handler(request: Request, services: Services) -> CreateModelOutput:
    """Take {Plan, Image, Artifact, Execution}; return the model's name and ARN."""
    deployment, image_uri = Deployment.of(request, services.settings), request["Image"]["ImageUri"]
    return create_model(deployment, image_uri, services.sagemaker, services.model_archives)
