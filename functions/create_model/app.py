"""CreateModel: the model under a content-addressed name."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.create_model import Model, create_model


@task_handler
def handler(request: Request, services: Services) -> Model:
    """Take {Plan, Image, Artifact, Execution}; return the model's name and ARN."""
    plan, image, artifact = request["Plan"], request["Image"], request["Artifact"]
    execution, sagemaker, archives = request["Execution"], services.sagemaker, services.model_archives
    return create_model(plan, image["ImageUri"], artifact, execution, sagemaker, archives, services.settings)
