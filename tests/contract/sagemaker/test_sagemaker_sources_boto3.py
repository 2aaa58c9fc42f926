"""Training jobs and the Model Registry as a plain boto3 client sees them, over HTTP."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from tests.contract.sagemaker.loopback import Loopback
from tests.unit.slipway_local.sagemaker.world import IMAGE, ROLE

MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
ARTIFACT = "s3://models/job/output/model.tar.gz"


def test_a_registered_job_is_what_boto3_expects_of_describe_training_job(client: Any, loopback: Loopback) -> None:
    fields = {
        "ModelArtifacts": {"S3ModelArtifacts": ARTIFACT},
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    }
    loopback.sagemaker.register_training_job("my-job", fields)

    found = client.describe_training_job(TrainingJobName="my-job")

    found.pop("ResponseMetadata")
    assert found["ModelArtifacts"]["S3ModelArtifacts"] == ARTIFACT
    assert not ParamValidator().validate(found, MODEL.operation_model("DescribeTrainingJob").output_shape).has_errors()


def test_a_missing_job_is_a_validation_exception_whatever_the_service_model_says(client: Any) -> None:
    with pytest.raises(ClientError) as caught:
        client.describe_training_job(TrainingJobName="nobody")

    assert not isinstance(caught.value, client.exceptions.ResourceNotFound)
    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Requested resource not found.",
    }


def test_a_version_is_registered_approved_and_made_a_model_with_plain_boto3(client: Any) -> None:
    client.create_model_package_group(ModelPackageGroupName="digits")
    arn = client.create_model_package(
        ModelPackageGroupName="digits",
        InferenceSpecification={"Containers": [{"Image": IMAGE, "ModelDataUrl": ARTIFACT}]},
    )["ModelPackageArn"]
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    client.create_model(ModelName="m", PrimaryContainer={"ModelPackageName": arn}, ExecutionRoleArn=ROLE)

    found = client.describe_model_package(ModelPackageName=arn)
    found.pop("ResponseMetadata")
    assert not ParamValidator().validate(found, MODEL.operation_model("DescribeModelPackage").output_shape).has_errors()
    assert client.describe_model(ModelName="m")["PrimaryContainer"] == {"ModelPackageName": arn}
    client.delete_model_package(ModelPackageName=arn)
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_model_package(ModelPackageName=arn)
