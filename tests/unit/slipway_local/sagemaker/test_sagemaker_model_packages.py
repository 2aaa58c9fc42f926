"""The Model Registry: versions, their approval, and the models that are made of them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, ROLE, START, World

from slipway_local.ports import ModelData

ARTIFACT = "s3://models/packaged.tar.gz"
CONTAINER: dict[str, Any] = {"Image": IMAGE, "ModelDataUrl": ARTIFACT, "Environment": {"A": "1", "B": "1"}}


def specification(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"Containers": list(containers) or [CONTAINER]}


def version(world: World, **fields: Any) -> str:
    request = {"ModelPackageGroupName": "digits", "InferenceSpecification": specification()} | fields
    return str(world.call("CreateModelPackage", **request)["ModelPackageArn"])


@pytest.fixture
def registry(world: World) -> World:
    """A world with the group `digits`."""
    world.call("CreateModelPackageGroup", ModelPackageGroupName="digits")
    return world


def test_a_version_waits_for_its_approval(registry: World) -> None:
    arn = version(registry, ModelPackageDescription="the first")

    assert arn == f"{PREFIX}model-package/digits/1"
    assert registry.call("DescribeModelPackage", ModelPackageName=arn) == {
        "ModelPackageName": "digits",
        "ModelPackageGroupName": "digits",
        "ModelPackageVersion": 1,
        "ModelPackageArn": arn,
        "ModelPackageDescription": "the first",
        "CreationTime": START.timestamp(),
        "InferenceSpecification": specification(),
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "ModelApprovalStatus": "PendingManualApproval",
    }


def test_versions_are_counted_and_a_number_never_comes_again(registry: World) -> None:
    first, second = version(registry), version(registry)
    registry.call("DeleteModelPackage", ModelPackageName=second)

    assert version(registry) == f"{PREFIX}model-package/digits/3"
    assert registry.call("DescribeModelPackage", ModelPackageName=first)["ModelPackageVersion"] == 1
    assert registry.refused("DescribeModelPackage", ModelPackageName=second) == f"ModelPackage {second} does not exist."


def test_a_repeated_request_registers_no_second_version(registry: World) -> None:
    """ClientToken: "A unique token that guarantees that the call to this API is idempotent"."""
    first = version(registry, ClientToken="a" * 36)

    assert version(registry, ClientToken="a" * 36) == first
    assert version(registry, ClientToken="b" * 36) == f"{PREFIX}model-package/digits/2"


def test_a_model_names_an_additional_specification_of_its_package(registry: World) -> None:
    other = {"Name": "other", "Containers": [{**CONTAINER, "ModelDataUrl": "s3://models/other.tar.gz"}]}
    arn = version(registry, ModelApprovalStatus="Approved", AdditionalInferenceSpecifications=[other])
    container = {"ModelPackageName": arn, "InferenceSpecificationName": "other"}

    registry.model(PrimaryContainer=container)
    registry.config()
    registry.endpoint()
    registry.finish()

    assert registry.hosting.running == ["s3://models/other.tar.gz"]
    unknown = {"ModelPackageName": arn, "InferenceSpecificationName": "none"}
    assert "has no inference specification none" in registry.refused(
        "CreateModel", ModelName="m", PrimaryContainer=unknown
    )


def test_a_version_is_approved_with_a_reason(registry: World) -> None:
    arn = version(registry)

    registry.call(
        "UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="it is good"
    )

    found = registry.call("DescribeModelPackage", ModelPackageName=arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Approved", "it is good")


def test_metadata_of_a_version_is_added_and_removed(registry: World) -> None:
    arn = version(registry, CustomerMetadataProperties={"a": "1", "b": "2"})

    registry.call(
        "UpdateModelPackage",
        ModelPackageArn=arn,
        CustomerMetadataProperties={"c": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
        AdditionalInferenceSpecificationsToAdd=[{"Name": "other", "Containers": [CONTAINER]}],
    )

    found = registry.call("DescribeModelPackage", ModelPackageName=arn)
    assert found["CustomerMetadataProperties"] == {"b": "2", "c": "3"}
    assert [more["Name"] for more in found["AdditionalInferenceSpecifications"]] == ["other"]
    assert found["InferenceSpecification"] == specification()


def test_a_package_without_versions_has_a_name_and_no_approval(world: World) -> None:
    world.call("CreateModelPackage", ModelPackageName="alone", InferenceSpecification=specification())

    found = world.call("DescribeModelPackage", ModelPackageName="alone")

    assert found["ModelPackageArn"] == f"{PREFIX}model-package/alone"
    assert "ModelApprovalStatus" not in found
    assert "has no versions" in world.refused("UpdateModelPackage", ModelPackageArn=found["ModelPackageArn"])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ModelPackageName": "p"}, "Both ModelPackageName and ModelPackageGroupName are provided"),
        ({"ModelPackageGroupName": "missing"}, "Model Package Group does not exist."),
        ({"Tags": [{"Key": "k", "Value": "v"}]}, "Tags are not allowed on a version"),
        (
            {"SourceAlgorithmSpecification": {"SourceAlgorithms": [{"AlgorithmName": "a"}]}},
            "The local SageMaker does not support SourceAlgorithmSpecification",
        ),
        ({"InferenceSpecification": {}}, "Value null at 'inferenceSpecification.containers'"),
        ({"ModelApprovalStatus": "Good"}, "Member must satisfy enum value set"),
    ],
    ids=["two names", "no group", "tags", "algorithm", "no containers", "status"],
)
def test_an_invalid_version_is_refused(registry: World, fields: dict[str, Any], words: str) -> None:
    request = {"ModelPackageGroupName": "digits", "InferenceSpecification": specification()} | fields

    assert words in registry.refused("CreateModelPackage", **request)


@pytest.mark.parametrize("fields", [{}, {"ModelPackageName": "p", "ModelApprovalStatus": "Approved"}])
def test_a_package_needs_a_name_and_only_versions_are_approved(world: World, fields: dict[str, Any]) -> None:
    message = world.refused("CreateModelPackage", InferenceSpecification=specification(), **fields)

    assert message in ("Missing ARN.", "ModelApprovalStatus is for versioned model packages.")


def test_a_group_exists_once_and_bears_tags(registry: World) -> None:
    arn = f"{PREFIX}model-package-group/digits"
    assert registry.refused("CreateModelPackageGroup", ModelPackageGroupName="digits") == (
        f'Cannot create already existing model package group "{arn}".'
    )

    registry.call("AddTags", ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])

    assert registry.call("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]


@pytest.mark.parametrize("arn", [f"{PREFIX}model/x", "arn:aws:sagemaker:eu-west-1:999999999999:model-package/x/1"])
def test_a_package_of_another_account_or_kind_does_not_exist(world: World, arn: str) -> None:
    assert world.refused("DescribeModelPackage", ModelPackageName=arn) == f"ModelPackage {arn} does not exist."


def test_an_endpoint_of_a_package_runs_its_image_and_data_with_the_environment_of_both(registry: World) -> None:
    arn = version(registry, ModelApprovalStatus="Approved")
    container = {"ModelPackageName": arn, "Environment": {"B": "2"}}

    registry.model(PrimaryContainer=container)
    registry.config()
    registry.endpoint()
    registry.finish()

    (started,) = registry.hosting.started
    assert started.spec.image == IMAGE
    assert started.spec.model_data == ModelData(ARTIFACT)
    assert started.spec.environment == {"A": "1", "B": "2"}
    assert registry.call("DescribeModel", ModelName="model-1")["PrimaryContainer"] == container
    (shown,) = registry.describe()["ProductionVariants"]
    assert shown["DeployedImages"][0]["SpecifiedImage"] == IMAGE


def test_a_model_of_a_package_is_checked_as_any_other(registry: World) -> None:
    arn = version(registry, ModelApprovalStatus="Approved")
    registry.objects.missing.add(ARTIFACT)

    message = registry.refused(
        "CreateModel", ModelName="m", PrimaryContainer={"ModelPackageName": arn}, ExecutionRoleArn=ROLE
    )

    assert message == f"Could not find model data at {ARTIFACT}."


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_a_model_of_an_unapproved_version_is_refused(registry: World, status: str) -> None:
    arn = version(registry, ModelApprovalStatus=status)

    message = registry.refused("CreateModel", ModelName="m", PrimaryContainer={"ModelPackageName": arn})

    assert message == f"ModelPackage {arn} is not approved: its status is {status}."


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"ModelDataUrl": ARTIFACT}, "needs an Image or a ModelPackageName"),
        ({"ModelPackageName": "nothing"}, f"ModelPackage {PREFIX}model-package/nothing does not exist."),
        ({"ModelPackageName": "alone", "Image": IMAGE}, "takes image and model data from the package"),
        ({"ModelPackageName": "alone"}, "has a container without an Image"),
    ],
    ids=["nothing", "missing", "both", "no image"],
)
def test_a_container_is_an_image_or_a_package(world: World, container: dict[str, Any], words: str) -> None:
    imageless = specification({"ModelDataUrl": ARTIFACT})
    world.call("CreateModelPackage", ModelPackageName="alone", InferenceSpecification=imageless)

    assert words in world.refused("CreateModel", ModelName="m", PrimaryContainer=container)
