"""CreateModel: the model under a content-addressed name."""

from __future__ import annotations

from typing import TypedDict

from slipway.aws.model_archives import ModelArchives, model_archive_keys
from slipway.aws.sagemaker import SageMaker
from slipway.deployment.deployment import Deployment
from slipway.deployment.parts import parts_of
from slipway.deployment.plan import Artifact, Plan, PlannedImage, is_prefix
from slipway.hosting.requests import loading, model_request
from slipway.hosting.resource_kinds import create_or_find, models


class CreateModelOutput(TypedDict):
    """The model that now exists."""

    ModelName: str
    ModelArn: str


def create_model(
    deployment: Deployment, image: PlannedImage, sagemaker: SageMaker, archives: ModelArchives
) -> CreateModelOutput:
    """Create the model on its own copy of each archive, if there is one, or find the one that this content made before.

    What is below a prefix is not copied: it may be hundreds of gigabytes.

    Raises `ModelNameTaken` when a model of this name is another one, `RoleNotAssumable`, `ArtifactReplaced`, and what
    SageMaker refuses.
    """
    settings, artifact = deployment.settings, deployment.artifact
    assert artifact is not None
    request = model_request(deployment.plan, image, artifact, settings.execution_role_arn)
    name = request["ModelName"]
    parts, artifacts = parts_of(deployment.plan) or [deployment.plan], artifact.get("Parts", [artifact])
    keys = model_archive_keys(name, len(parts))
    for position, (part, found, key) in enumerate(zip(parts, artifacts, keys, strict=True)):
        if _is_copied(part, found):
            copy = f"s3://{settings.model_bucket}/{key}"
            request = loading(request, position, copy, archives.store(found, key))
    arn = create_or_find(models(sagemaker), request, deployment.tags, sagemaker)
    return CreateModelOutput(ModelName=name, ModelArn=arn)


def _is_copied(part: Plan, artifact: Artifact) -> bool:
    return "Artifact" in part and "ModelPackageArn" not in part and not is_prefix(artifact)
