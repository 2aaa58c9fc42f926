"""CreateModel: the model under a content-addressed name."""

from slipway.bootstrap import Services
from slipway.entry_point import Request, entry_point
from slipway.use_cases.create_model import Model, create_model


@entry_point
def handler(request: Request, services: Services) -> Model:
    """Take {Plan, Image, Artifact, Execution}; return the model's name and ARN."""
    plan, image, artifact = request["Plan"], request["Image"], request["Artifact"]
    execution, sagemaker, archives = request["Execution"], services.sagemaker, services.kept_archives
    return create_model(plan, image["ImageUri"], artifact, execution, sagemaker, archives, services.settings)
