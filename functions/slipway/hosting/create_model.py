"""CreateModel: the model under a content-addressed name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypedDict

from slipway.aws.model_archives import ModelArchives, model_archive_keys
from slipway.aws.sagemaker import SageMaker
from slipway.deployment.deployment import Deployment
from slipway.deployment.parts import models_of_plan, parts_of, results_of, variants_of
from slipway.deployment.plan import Artifact, Plan, PlannedImage, is_copied
from slipway.deployment.tags import COMPONENT, ENDPOINT, NAMED_BY
from slipway.errors import ModelNotFound, NotFound
from slipway.hosting.refresh_requested_at import refresh_requested_at
from slipway.hosting.requests import loading, model_names, model_requests
from slipway.hosting.resource_kinds import create_or_find, models


class CreateModelOutput(TypedDict):
    """The model that now exists: with several variants or components the first one's, and the names of all.

    `ModelArn` is the first that is not that of a model which existed before, and empty where all did.
    """

    ModelName: str
    ModelArn: str
    Models: list[str]


def create_model(
    deployment: Deployment, image: PlannedImage, sagemaker: SageMaker, archives: ModelArchives
) -> CreateModelOutput:
    """Create the model of each variant or component on its own copy of each archive, or find what this content made.

    What may be hundreds of gigabytes is not copied: a prefix, a very large archive.

    Raises `ModelNotFound` for one that a variant names, `ModelNameTaken` when a model of this name is another one,
    `RoleNotAssumable`, `ArtifactReplaced`, and what SageMaker refuses.
    """
    settings, plan, artifact = deployment.settings, deployment.plan, deployment.artifact
    assert artifact is not None
    requests = model_requests(plan, image, artifact, settings.execution_role_arn)
    _mark_existing(deployment, sagemaker)
    arns = []
    for variant, found, request in zip(models_of_plan(plan), results_of(plan, artifact), requests, strict=True):
        if request is not None:
            stored = _with_copies(request, variant, found, archives, settings.model_bucket)
            tags = [*replace(deployment, plan=variant, artifact=found).tags, *_of_component(variant)]
            arns.append(create_or_find(models(sagemaker), stored, tags, sagemaker))
    names = model_names(plan, requests)
    return CreateModelOutput(ModelName=names[0], ModelArn=next(iter(arns), ""), Models=names)


def _of_component(plan: Plan) -> list[dict[str, str]]:
    name = plan.get("InferenceComponentName")
    return [{"Key": COMPONENT, "Value": name}] if name else []


def _mark_existing(deployment: Deployment, sagemaker: SageMaker) -> None:
    """Mark the models that variants name as wanted, so that no removal of their own endpoint's versions takes them."""
    for variant in variants_of(deployment.plan):
        if "ModelName" not in variant:
            continue
        try:
            arn = str(sagemaker.describe_model(variant["ModelName"])["ModelArn"])
        except NotFound:
            raise ModelNotFound(
                f"ModelName of the variant {variant['VariantName']} is {variant['ModelName']}, but no such model "
                "exists: list them with aws sagemaker list-models, or name a source such as ModelDataUrl."
            ) from None
        if sagemaker.tags(arn).get(ENDPOINT, deployment.endpoint_name) == deployment.endpoint_name:
            refresh_requested_at(arn, deployment.tags, sagemaker)
        else:
            sagemaker.add_tags(arn, [{"Key": NAMED_BY, "Value": deployment.endpoint_name}])


def _with_copies(
    request: dict[str, Any], plan: Plan, artifact: Artifact, archives: ModelArchives, bucket: str
) -> dict[str, Any]:
    """Return a request that loads copies of the archives, once they are made."""
    parts, artifacts = parts_of(plan) or [plan], artifact.get("Parts", [artifact])
    keys = model_archive_keys(request["ModelName"], len(parts))
    for position, (part, found, key) in enumerate(zip(parts, artifacts, keys, strict=True)):
        if _loads_a_copy(part, found):
            request = loading(request, position, f"s3://{bucket}/{key}", archives.store(found, key))
    return request


def _loads_a_copy(part: Plan, artifact: Artifact) -> bool:
    return "Artifact" in part and "ModelPackageArn" not in part and is_copied(artifact)
