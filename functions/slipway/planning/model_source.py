"""Where a model comes from: an archive, a training job, or a model package. PlanDeployment asks once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from slipway.errors import FieldInvalid, FieldMissing, NotFound
from slipway.images.fit import TRAINS_ONLY
from slipway.planning.errors import (
    ModelPackageNotApproved,
    ModelPackageNotCompleted,
    ModelPackageNotFound,
    ModelPackageWithoutImage,
    TrainingJobNotCompleted,
    TrainingJobNotFound,
    TrainingJobWithoutArtifact,
)

ARCHIVE = re.compile(r"s3://[^/]+/\S+\.tar\.gz")
PREFIX = re.compile(r"s3://[^/]+/\S+/")


class Sources(Protocol):
    """SageMaker's training jobs and its Model Registry.

    Every method may raise `NotFound`, `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def training_job(self, name: str) -> Mapping[str, Any]:
        """Return DescribeTrainingJob's answer."""

    def model_package(self, arn: str) -> Mapping[str, Any]:
        """Return DescribeModelPackage's answer."""


class ModelSource(NamedTuple):
    """What a source says: an archive's S3 URI, or a prefix's, which ends with a slash; an image, if it brings its own.

    The others are whatever else a model package has SageMaker load and run.
    """

    archive: str | None
    image_uri: str | None = None
    other_archives: tuple[str, ...] = ()
    other_images: tuple[str, ...] = ()


def model_source_of(document: Mapping[str, Any], sources: Sources) -> ModelSource:
    """Return what the one source of a deployment input says; an image that loads its model itself needs none.

    Raises a `SourceRefused`, `FieldInvalid` and `FieldMissing`.
    """
    if "TrainingJobName" in document:
        return _trained(document, sources)
    if "ModelPackageArn" in document:
        return _registered(document["ModelPackageArn"], document.get("InferenceSpecificationName"), sources)
    source = document.get("ModelDataSource", {}).get("S3DataSource", {})
    return ModelSource(document.get("ModelDataUrl") or source.get("S3Uri"))


def _trained(document: Mapping[str, Any], sources: Sources) -> ModelSource:
    name = document["TrainingJobName"]
    try:
        job = sources.training_job(name)
    except NotFound:
        raise TrainingJobNotFound(
            f"TrainingJobName is {name}, but there is no such training job in this region: list those that can be "
            "deployed with aws sagemaker list-training-jobs --status-equals Completed"
        ) from None
    if job["TrainingJobStatus"] != "Completed":
        raise TrainingJobNotCompleted(
            f"TrainingJobName is {name}, whose status is {job['TrainingJobStatus']}, but must be Completed: "
            "wait for its end, or name a job that ended well."
        )
    archive = _output_of(job)
    if not (ARCHIVE.fullmatch(archive) or PREFIX.fullmatch(archive)):
        raise TrainingJobWithoutArtifact(
            f"TrainingJobName is {name}, whose artifact is {archive or 'none'}, but must be one .tar.gz in S3, or a "
            "prefix of a job with OutputDataConfig.CompressionType NONE: write the model to /opt/ml/model."
        )
    if "Framework" in document or "ImageUri" in document:
        return ModelSource(archive)
    return ModelSource(archive, _training_image(name, job))


def _output_of(job: Mapping[str, Any]) -> str:
    """Return the URI of a job's model; that of uncompressed output gets the slash that hosting needs.

    The SageMaker SDK adds it too (sagemaker 2.257.7, `estimator.Estimator.model_data`).
    """
    uri = str(job.get("ModelArtifacts", {}).get("S3ModelArtifacts", ""))
    is_uncompressed = job.get("OutputDataConfig", {}).get("CompressionType") == "NONE"
    return f"{uri}/" if uri and is_uncompressed and not uri.endswith("/") else uri


def _training_image(name: str, job: Mapping[str, Any]) -> str:
    image: str | None = job.get("AlgorithmSpecification", {}).get("TrainingImage")
    # The console takes the image of the job: built-in algorithms and most images of one's own do both.
    if image is None or TRAINS_ONLY.search(image):
        why = f"{image}, which only trains" if image else "no image that could serve"
        raise FieldMissing(
            f"Framework is missing: the training job {name} used {why}; add Framework, for example pytorch, "
            "or ImageUri."
        )
    return image


def _registered(arn: str, specification: str | None, sources: Sources) -> ModelSource:
    try:
        package = sources.model_package(arn)
    except NotFound:
        raise ModelPackageNotFound(
            f"ModelPackageArn is {arn}, but there is no such model package: list the versions of a group with "
            "aws sagemaker list-model-packages --model-package-group-name <group>"
        ) from None
    _check_package(arn, package)
    containers = _specification(arn, package, specification).get("Containers", [])
    if not containers or "Image" not in containers[0]:
        raise ModelPackageWithoutImage(
            f"ModelPackageArn is {arn}, whose InferenceSpecification has no container with an Image: "
            "register the model with one."
        )
    archive = _archive_of(containers[0]) if len(containers) == 1 else None
    loaded = (uri for container in containers for uri in _loaded_by(container) if uri != archive)
    others = (container["Image"] for container in containers[1:] if "Image" in container)
    return ModelSource(archive, containers[0]["Image"], tuple(loaded), tuple(others))


def _specification(arn: str, package: Mapping[str, Any], name: str | None) -> Mapping[str, Any]:
    """Return a package's inference specification, or the additional one of a name."""
    if name is None:
        found: Mapping[str, Any] = package.get("InferenceSpecification", {})
        return found
    others = {one["Name"]: one for one in package.get("AdditionalInferenceSpecifications", [])}
    if name not in others:
        raise FieldInvalid(
            f"InferenceSpecificationName is {name}, but {arn} has {' and '.join(sorted(others)) or 'none'} beside its "
            "InferenceSpecification: name one of those, or remove InferenceSpecificationName."
        )
    return dict(others[name])


def _check_package(arn: str, package: Mapping[str, Any]) -> None:
    approval = package.get("ModelApprovalStatus", "not set")  # packages without versions have none
    if approval != "Approved":
        raise ModelPackageNotApproved(
            f"ModelPackageArn is {arn}, whose ModelApprovalStatus is {approval}, but must be Approved: approve it with "
            f"aws sagemaker update-model-package --model-package-arn {arn} --model-approval-status Approved"
        )
    if package["ModelPackageStatus"] != "Completed":
        raise ModelPackageNotCompleted(
            f"ModelPackageArn is {arn}, whose ModelPackageStatus is {package['ModelPackageStatus']}, but must be "
            "Completed: wait for SageMaker to finish it, or register the model again."
        )


def _archive_of(container: Mapping[str, Any]) -> str | None:
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    uri = container.get("ModelDataUrl") or (source.get("S3Uri") if source.get("S3DataType") == "S3Object" else None)
    return str(uri) if uri and ARCHIVE.fullmatch(uri) else None


def _loaded_by(container: Mapping[str, Any]) -> Iterator[str]:
    sources = [container.get("ModelDataSource", {}), *container.get("AdditionalModelDataSources", [])]
    found = [source.get("S3DataSource", {}).get("S3Uri") for source in sources]
    more = container.get("AdditionalS3DataSource", {}).get("S3Uri")
    yield from filter(None, [container.get("ModelDataUrl"), *found, more])
