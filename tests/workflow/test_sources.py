"""Deployments of a training job's artifact, and of a version in the Model Registry."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway_local.sagemaker import Fault
from tests.workflow.deployed_stack import ACCOUNT, MODEL_BUCKET, REGION
from tests.workflow.interpreter import Execution
from tests.workflow.world import World

NAME, GROUP = "digits", "digit-models"
IMAGE = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
ARTIFACT = f"s3://{MODEL_BUCKET}/jobs/my-job/output/model.tar.gz"


def train(world: World, status: str = "Completed", image: str = IMAGE) -> None:
    """Let a training job be known whose artifact is there."""
    world.upload(ARTIFACT.removeprefix(f"s3://{MODEL_BUCKET}/"), "trained")
    fields = {
        "TrainingJobStatus": status,
        "ModelArtifacts": {"S3ModelArtifacts": ARTIFACT},
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
    }
    world.sagemaker.register_training_job("my-job", fields)


def register(world: World, approval: str) -> str:
    """Register a version of a model whose artifact is there; return its ARN."""
    world.upload(ARTIFACT.removeprefix(f"s3://{MODEL_BUCKET}/"), "trained")
    world.sagemaker.call("CreateModelPackageGroup", {"ModelPackageGroupName": GROUP})
    request = {
        "ModelPackageGroupName": GROUP,
        "ModelApprovalStatus": approval,
        "InferenceSpecification": {"Containers": [{"Image": IMAGE, "ModelDataUrl": ARTIFACT}]},
    }
    return str(world.sagemaker.call("CreateModelPackage", request)["ModelPackageArn"])


def deploy(world: World, **source: str) -> Execution:
    return world.deploy({"EndpointName": NAME, "InstanceType": "ml.m5.large", **source})


def container(world: World, execution: Execution) -> dict[str, Any]:
    model = world.sagemaker.call("DescribeModel", {"ModelName": execution.output["ModelName"]})
    return dict(model["PrimaryContainer"])


def tags(world: World, kind: str, name: str) -> dict[str, str]:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"
    return {tag["Key"]: tag["Value"] for tag in world.sagemaker.call("ListTags", {"ResourceArn": arn})["Tags"]}


def test_a_training_job_becomes_an_endpoint_with_its_own_image_and_artifact(world: World) -> None:
    train(world)

    execution = deploy(world, TrainingJobName="my-job")

    made = container(world, execution)
    assert (execution.outcome, execution.output["ImageUri"], made["Image"]) == ("Created", IMAGE, IMAGE)
    kept = f"deployed/{execution.output['ModelName']}/model.tar.gz"
    assert made["ModelDataSource"]["S3DataSource"]["S3Uri"] == f"s3://{MODEL_BUCKET}/{kept}"
    assert tags(world, "endpoint", NAME)["slipway:artifact"].startswith(ARTIFACT)


def test_the_same_training_job_again_changes_nothing(world: World) -> None:
    train(world)
    deploy(world, TrainingJobName="my-job")

    assert deploy(world, TrainingJobName="my-job").outcome == "AlreadyDeployed"


def test_a_training_job_with_a_framework_is_served_by_the_frameworks_image(world: World) -> None:
    train(world, image="763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312")

    execution = deploy(world, TrainingJobName="my-job", Framework="sklearn", FrameworkVersion="1.2-1")

    assert execution.outcome == "Created"
    assert "sagemaker-scikit-learn:1.2-1" in execution.output["ImageUri"]


def test_a_training_job_that_failed_is_refused_and_nothing_is_made(world: World) -> None:
    train(world, status="Failed")

    execution = deploy(world, TrainingJobName="my-job")

    assert execution.outcome == "TrainingJobNotCompleted"
    assert world.created == []


def test_an_approved_version_becomes_an_endpoint(world: World) -> None:
    arn = register(world, "Approved")

    execution = deploy(world, ModelPackageArn=arn)

    assert (execution.outcome, execution.output["Warnings"]) == ("Created", [])
    assert container(world, execution) == {"ModelPackageName": arn}
    assert tags(world, "model", execution.output["ModelName"])["slipway:artifact"] == arn
    assert tags(world, "endpoint", NAME)["slipway:artifact"] == arn
    assert deploy(world, ModelPackageArn=arn).outcome == "AlreadyDeployed"


def test_an_unapproved_version_is_refused_by_name_until_it_is_approved(world: World) -> None:
    arn = register(world, "PendingManualApproval")

    refused = deploy(world, ModelPackageArn=arn)

    cause = json.loads(refused.cause)
    assert refused.outcome == "ModelPackageNotApproved"
    assert f"update-model-package --model-package-arn {arn} --model-approval-status Approved" in cause["Message"]
    assert world.created == []
    world.sagemaker.call("UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"})
    assert deploy(world, ModelPackageArn=arn).outcome == "Created"


def test_a_version_whose_archive_is_not_one_file_is_deployed_with_a_warning(world: World) -> None:
    arn = register(world, "Approved")
    bare = {"Containers": [{"Image": IMAGE}]}
    world.sagemaker.call("UpdateModelPackage", {"ModelPackageArn": arn, "InferenceSpecification": bare})

    execution = deploy(world, ModelPackageArn=arn)

    (warning,) = execution.output["Warnings"]
    assert execution.outcome == "Created"
    assert warning.startswith("The model package's archive was not looked into")


def test_a_version_whose_endpoint_fails_leaves_nothing(world: World) -> None:
    arn = register(world, "Approved")
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))

    execution = deploy(world, ModelPackageArn=arn)

    assert execution.outcome == "ContainerFailedPing"
    assert len(json.loads(execution.cause)["Resources"]["Removed"]) == 3


def large(world: World, weights: str) -> dict[str, Any]:
    """Store a model of two objects below a prefix; return the input that deploys it."""
    world.put("llm/config.json", b"{}")
    world.put("llm/model.safetensors", weights.encode())
    return {
        "EndpointName": NAME,
        "ModelDataUrl": f"s3://{MODEL_BUCKET}/llm/",
        "ImageUri": IMAGE,
        "InstanceType": "ml.m5.large",
    }


def test_a_prefix_is_deployed_and_not_copied(world: World) -> None:
    execution = world.deploy(large(world, "first"))

    assert execution.output["Outcome"] == "Created"
    source = container(world, execution)["ModelDataSource"]["S3DataSource"]
    assert source == {"S3Uri": f"s3://{MODEL_BUCKET}/llm/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    assert world.buckets.keys("deployed/") == frozenset()


def test_a_prefix_whose_objects_changed_is_deployed_again_and_not_rolled_back_to(world: World) -> None:
    first = world.deploy(large(world, "first"))
    assert world.deploy(large(world, "first")).output["Outcome"] == "AlreadyDeployed"
    second = world.deploy(large(world, "second"))
    assert second.output["Outcome"] == "Updated"

    rollback = world.deploy({"EndpointName": NAME, "EndpointConfigName": first.output["EndpointConfigName"]})

    assert (rollback.status, rollback.error) == ("FAILED", "ArtifactPrefixChanged")
    serving = world.sagemaker.call("DescribeEndpoint", {"EndpointName": NAME})
    assert (serving["EndpointStatus"], serving["EndpointConfigName"]) == (
        "InService",
        second.output["EndpointConfigName"],
    )
    world.put("llm/model.safetensors", b"first")
    again = world.deploy({"EndpointName": NAME, "EndpointConfigName": first.output["EndpointConfigName"]})
    assert again.output["Outcome"] == "Redeployed"


def test_an_archive_that_is_too_large_to_copy_stays_in_place_and_is_not_rolled_back_to_once_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slipway.deployment.plan.MAX_COPIED", 0)
    train(world)
    first = deploy(world, ModelDataUrl=ARTIFACT, ImageUri=IMAGE)
    assert container(world, first)["ModelDataSource"]["S3DataSource"]["S3Uri"] == ARTIFACT
    assert world.buckets.keys("deployed/") == frozenset()
    world.upload(ARTIFACT.removeprefix(f"s3://{MODEL_BUCKET}/"), "trained further")
    assert deploy(world, ModelDataUrl=ARTIFACT, ImageUri=IMAGE).output["Outcome"] == "Updated"
    rollback = {"EndpointName": NAME, "EndpointConfigName": first.output["EndpointConfigName"]}

    refused = world.deploy(rollback)

    assert (refused.status, refused.error) == ("FAILED", "ArtifactPrefixChanged")
    world.upload(ARTIFACT.removeprefix(f"s3://{MODEL_BUCKET}/"), "trained")
    assert world.deploy(rollback).output["Outcome"] == "Redeployed"


def test_a_model_that_the_image_loads_is_deployed_without_an_archive(world: World) -> None:
    execution = world.deploy(
        {
            "EndpointName": NAME,
            "Framework": "vllm",
            "InstanceType": "ml.g6.2xlarge",
            "Environment": {"HF_MODEL_ID": "Qwen/Qwen3-4B"},
        }
    )

    assert execution.output["Outcome"] == "Created"
    assert container(world, execution).keys() == {"Image", "Environment"}
    assert tags(world, "endpoint", NAME)["slipway:artifact"] == "Qwen/Qwen3-4B"


def test_an_additional_inference_specification_and_an_accepted_licence_reach_create_model(world: World) -> None:
    arn = register(world, "Approved")
    other = {"Name": "small", "Containers": [{"Image": IMAGE, "ModelDataUrl": ARTIFACT}]}
    world.sagemaker.call(
        "UpdateModelPackage", {"ModelPackageArn": arn, "AdditionalInferenceSpecificationsToAdd": [other]}
    )
    source = {"S3Uri": ARTIFACT, "S3DataType": "S3Object", "CompressionType": "Gzip"}
    accepted = {"AcceptEula": True}

    named = deploy(world, ModelPackageArn=arn, InferenceSpecificationName="small")
    world.time.pass_(60)
    request = {
        "EndpointName": NAME,
        "InstanceType": "ml.m5.large",
        "ImageUri": IMAGE,
        "ModelDataSource": {"S3DataSource": {**source, "ModelAccessConfig": accepted}},
    }
    licensed = world.deploy(request)

    assert container(world, named)["InferenceSpecificationName"] == "small"
    assert container(world, licensed)["ModelDataSource"]["S3DataSource"]["ModelAccessConfig"] == accepted
