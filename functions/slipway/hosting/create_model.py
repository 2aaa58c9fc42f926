"""CreateModel: the model under a content-addressed name."""

from __future__ import annotations

from typing import TypedDict

from slipway.aws.model_archives import ModelArchives, model_archive_key
from slipway.aws.sagemaker import SageMaker
from slipway.deployment.deployment import Deployment
from slipway.deployment.plan import is_prefix
from slipway.hosting.requests import loading, model_request
from slipway.hosting.resource_kinds import create_or_find, models


class CreateModelOutput(TypedDict):
    """The model that now exists."""

    ModelName: str
    ModelArn: str


def create_model(
    deployment: Deployment, image_uri: str, sagemaker: SageMaker, archives: ModelArchives
) -> CreateModelOutput:
    """Create the model on its own copy of the archive, if there is one, or find the one that this content made before.

    What is below a prefix is not copied: it may be hundreds of gigabytes.

    Raises `ModelNameTaken` when a model of this name is another one, `RoleNotAssumable`, `ArtifactReplaced`, and what
    SageMaker refuses.
    """
    settings, artifact = deployment.settings, deployment.artifact
    assert artifact is not None
    request = model_request(deployment.plan, image_uri, artifact, settings.execution_role_arn)
    name = request["ModelName"]
    if "Artifact" in deployment.plan and "ModelPackageArn" not in deployment.plan and not is_prefix(artifact):
        key = model_archive_key(name)
        request = loading(request, f"s3://{settings.model_bucket}/{key}", archives.store(artifact, key))
    arn = create_or_find(models(sagemaker), request, deployment.tags, sagemaker)
    return CreateModelOutput(ModelName=name, ModelArn=arn)
