"""CreateModel: the model under a content-addressed name."""

from __future__ import annotations

from typing import Any, TypedDict

from slipway.aws.model_archives import ModelArchives, model_archive_key
from slipway.aws.sagemaker import SageMaker
from slipway.deployment.plan import Artifact, Execution, Plan
from slipway.deployment.settings import Settings
from slipway.deployment.tags import tags_of
from slipway.errors import AlreadyExists, ModelNameTaken, NotFound, NotVisibleYet
from slipway.hosting.refresh_requested_at import refresh_requested_at
from slipway.hosting.requests import agrees, loading, model_request


class Model(TypedDict):
    """The model that now exists."""

    ModelName: str
    ModelArn: str


def create_model(
    plan: Plan,
    image_uri: str,
    artifact: Artifact,
    execution: Execution,
    sagemaker: SageMaker,
    archives: ModelArchives,
    settings: Settings,
) -> Model:
    """Create the model on its own copy of the archive, or find it made already by this content.

    Raises `ModelNameTaken` when a model of this name is another one, `RoleNotAssumable`, `ArtifactReplaced`, and what
    SageMaker refuses.
    """
    request = model_request(plan, image_uri, artifact, settings.execution_role_arn)
    name = request["ModelName"]
    if "ModelPackageArn" not in plan:
        key = model_archive_key(name)
        request = loading(request, f"s3://{settings.model_bucket}/{key}", archives.keep(artifact, key))
    tags = tags_of(plan, execution, settings.stack_name, artifact)
    try:
        arn = sagemaker.create_model(request, tags)
    except AlreadyExists:
        found = _found(name, sagemaker)
        if not agrees(request, found):
            raise ModelNameTaken(
                f"A model named {name} exists and is not the one wanted: somebody else made it; delete or rename it."
            ) from None
        arn = found["ModelArn"]
        refresh_requested_at(arn, tags, sagemaker)
    return Model(ModelName=name, ModelArn=arn)


def _found(name: str, sagemaker: SageMaker) -> dict[str, Any]:
    try:
        return sagemaker.describe_model(name)
    except NotFound as gone:
        # It was there a moment ago: not visible to this read yet, or deleted by a deployment that failed.
        raise NotVisibleYet(f"{name} exists and cannot be read yet.") from gone
