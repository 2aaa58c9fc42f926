"""The adapter of training jobs and model packages against the local SageMaker, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from slipway.errors import AccessDenied, AwsRefused, NotFound, ServiceThrottled
from slipway.planning.aws import Boto3Sources
from slipway_local.sagemaker import Fault
from tests.contract.sagemaker.loopback import Loopback
from tests.unit.slipway_local.sagemaker.world import IMAGE

ARTIFACT = "s3://models/job/output/model.tar.gz"
MISSING = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/missing/1"


@pytest.fixture
def loopback(local: tuple[Loopback, Any]) -> Iterator[Loopback]:
    yield local[0]
    local[0].sagemaker.reset()


@pytest.fixture
def client(local: tuple[Loopback, Any]) -> Any:
    return local[1]


def test_a_training_job_is_read_with_its_artifact(client: Any, loopback: Loopback) -> None:
    loopback.sagemaker.register_training_job("my-job", {"ModelArtifacts": {"S3ModelArtifacts": ARTIFACT}})

    job = Boto3Sources(client).training_job("my-job")

    assert (job["TrainingJobStatus"], job["ModelArtifacts"]["S3ModelArtifacts"]) == ("Completed", ARTIFACT)


def test_a_model_package_is_read_with_its_containers(client: Any) -> None:
    client.create_model_package_group(ModelPackageGroupName="digits")
    containers = [{"Image": IMAGE, "ModelDataUrl": ARTIFACT}]
    arn = client.create_model_package(
        ModelPackageGroupName="digits", InferenceSpecification={"Containers": containers}
    )["ModelPackageArn"]

    package = Boto3Sources(client).model_package(arn)

    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["InferenceSpecification"]["Containers"] == containers


def test_a_missing_source_is_not_found_although_aws_answers_validation_exception(client: Any) -> None:
    sources = Boto3Sources(client)

    with pytest.raises(NotFound, match="Requested resource not found"):
        sources.training_job("missing")
    with pytest.raises(NotFound, match=f"ModelPackage {MISSING} does not exist"):
        sources.model_package(MISSING)


@pytest.mark.parametrize(("kind", "error"), [("Throttle", ServiceThrottled), ("AccessDenied", AccessDenied)])
def test_other_refusals_of_aws_are_not_reported_as_missing(
    client: Any, loopback: Loopback, kind: Any, error: type[Exception]
) -> None:
    loopback.sagemaker.faults.order(Fault(kind, operation="DescribeTrainingJob"))

    with pytest.raises(error):
        Boto3Sources(client).training_job("my-job")


def test_an_invalid_training_job_name_is_refused(client: Any) -> None:
    with pytest.raises(AwsRefused, match="DescribeTrainingJob was refused"):
        Boto3Sources(client).training_job("my_job")
