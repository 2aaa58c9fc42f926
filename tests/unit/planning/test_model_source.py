"""What training jobs and model packages say, and which of them are refused."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import FieldInvalid, FieldMissing, SlipwayError
from slipway.planning.errors import (
    ModelPackageNotApproved,
    ModelPackageNotCompleted,
    ModelPackageNotFound,
    ModelPackageWithoutImage,
    SourceRefused,
    TrainingJobNotCompleted,
    TrainingJobNotFound,
    TrainingJobWithoutArtifact,
)
from slipway.planning.model_source import ModelSource, model_source_of
from tests.fakes.sources import ARCHIVE, IMAGE, FakeSources, model_package, training_job

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/digits/1"
JOB, PACKAGE = {"TrainingJobName": "my-job"}, {"ModelPackageArn": ARN}
DLC = "763104351884.dkr.ecr.us-east-1.amazonaws.com"


def of_job(job: dict[str, Any], **fields: str) -> ModelSource:
    sources = FakeSources()
    sources.jobs["my-job"] = job
    return model_source_of(JOB | fields, sources)


def of_package(package: dict[str, Any]) -> ModelSource:
    sources = FakeSources()
    sources.packages[ARN] = package
    return model_source_of(PACKAGE, sources)


def is_one_sentence(error: SlipwayError) -> bool:
    return ". " not in str(error)


def test_model_data_url_has_no_image() -> None:
    assert model_source_of({"ModelDataUrl": ARCHIVE}, FakeSources()) == ModelSource(ARCHIVE, None)


def test_a_training_job_has_an_artifact_and_an_image() -> None:
    assert of_job(training_job()) == ModelSource(ARCHIVE, IMAGE)


@pytest.mark.parametrize("field", ["Framework", "ImageUri"])
def test_a_requested_image_replaces_the_training_jobs_image(field: str) -> None:
    assert of_job(training_job(AlgorithmSpecification={}), **{field: "something"}) == ModelSource(ARCHIVE, None)


@pytest.mark.parametrize("status", ["InProgress", "Failed", "Stopping", "Stopped", "Deleting"])
def test_a_training_job_that_is_not_completed_is_refused(status: str) -> None:
    with pytest.raises(TrainingJobNotCompleted, match=f"whose status is {status}, but must be Completed") as caught:
        of_job(training_job(TrainingJobStatus=status))

    assert is_one_sentence(caught.value)


@pytest.mark.parametrize("artifact", ["", "s3://models/job/output", "https://models/model.tar.gz", "s3:///a.tar.gz"])
def test_a_job_without_one_archive_is_refused(artifact: str) -> None:
    with pytest.raises(TrainingJobWithoutArtifact, match="but must be one") as caught:
        of_job(training_job(ModelArtifacts={"S3ModelArtifacts": artifact}))

    assert is_one_sentence(caught.value)


@pytest.mark.parametrize(
    "image",
    [
        f"{DLC}/pytorch-training:2.6.0-cpu-py312",
        f"{DLC}/tensorflow-training@sha256:{'0' * 64}",
        f"{DLC}/huggingface-pytorch-training:2.5.1-transformers4.49.0-gpu",
        f"{DLC}/huggingface-pytorch-trcomp-training:1.9.0",
        f"{DLC}/pytorch-training-neuronx:2.1.2",
        None,
    ],
)
def test_a_job_whose_image_cannot_serve_needs_a_framework(image: str | None) -> None:
    algorithm = {"TrainingImage": image} if image else {"AlgorithmName": "mine"}

    with pytest.raises(FieldMissing, match="Framework is missing: the training job my-job used ") as caught:
        of_job(training_job(AlgorithmSpecification=algorithm))

    assert is_one_sentence(caught.value)


@pytest.mark.parametrize(
    "name", ["my-training:1", "sagemaker-xgboost:1.7-1", "team/pytorch-training-and-serving-app:2"]
)
def test_a_custom_image_can_have_any_name(name: str) -> None:
    image = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/{name}"

    assert of_job(training_job(AlgorithmSpecification={"TrainingImage": image})).image_uri == image


def test_an_approved_version_has_an_image_and_an_archive() -> None:
    assert of_package(model_package()) == ModelSource(ARCHIVE, IMAGE)


@pytest.mark.parametrize(
    ("source", "archive", "others"),
    [
        ({"S3Uri": ARCHIVE, "S3DataType": "S3Object", "CompressionType": "Gzip"}, ARCHIVE, ()),
        ({"S3Uri": "s3://models/d/", "S3DataType": "S3Prefix", "CompressionType": "None"}, None, ("s3://models/d/",)),
    ],
)
def test_a_model_data_source_is_read(source: dict[str, str], archive: str | None, others: tuple[str, ...]) -> None:
    container = {"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}}

    assert of_package(model_package(container)) == ModelSource(archive, IMAGE, others)


def test_the_archives_of_several_containers_are_not_inspected() -> None:
    container = {"Image": IMAGE, "ModelDataUrl": ARCHIVE}

    assert of_package(model_package(container, container)) == ModelSource(None, IMAGE, (ARCHIVE, ARCHIVE), (IMAGE,))


@pytest.mark.parametrize("approval", ["PendingManualApproval", "Rejected", None])
def test_an_unapproved_version_is_refused_with_the_approval_command(approval: str | None) -> None:
    package = model_package(ModelApprovalStatus=approval)
    if approval is None:  # a package without versions
        del package["ModelApprovalStatus"]

    with pytest.raises(ModelPackageNotApproved, match=f"ModelApprovalStatus is {approval or 'not set'}") as caught:
        of_package(package)

    assert f"aws sagemaker update-model-package --model-package-arn {ARN}" in str(caught.value)
    assert is_one_sentence(caught.value)


@pytest.mark.parametrize(
    ("package", "error"),
    [
        (model_package(ModelPackageStatus="Failed"), ModelPackageNotCompleted),
        (model_package({"ModelDataUrl": ARCHIVE}), ModelPackageWithoutImage),
        (model_package(InferenceSpecification={}), ModelPackageWithoutImage),
    ],
)
def test_an_incomplete_package_is_refused(package: dict[str, Any], error: type[SourceRefused]) -> None:
    with pytest.raises(error) as caught:
        of_package(package)

    assert str(caught.value).startswith(f"ModelPackageArn is {ARN}, whose ")
    assert is_one_sentence(caught.value)


def test_an_additional_inference_specification_is_deployed_by_its_name() -> None:
    sources = FakeSources()
    small = {"Name": "small", "Containers": [{"Image": f"{DLC}/small:1", "ModelDataUrl": ARCHIVE}]}
    sources.packages[ARN] = model_package(AdditionalInferenceSpecifications=[small])

    found = model_source_of(PACKAGE | {"InferenceSpecificationName": "small"}, sources)

    assert (found.image_uri, found.archive) == (f"{DLC}/small:1", ARCHIVE)
    with pytest.raises(FieldInvalid, match="has small beside its InferenceSpecification: name one of those"):
        model_source_of(PACKAGE | {"InferenceSpecificationName": "large"}, sources)


@pytest.mark.parametrize(
    ("request_", "error", "said"),
    [
        (JOB, TrainingJobNotFound, "TrainingJobName is my-job, but there is no such"),
        (PACKAGE, ModelPackageNotFound, "there is no such model package"),
    ],
)
def test_a_missing_source_is_refused(request_: dict[str, str], error: type[SourceRefused], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        model_source_of(request_, FakeSources())

    assert is_one_sentence(caught.value)
