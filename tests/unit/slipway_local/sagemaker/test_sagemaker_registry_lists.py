"""What clients list, describe and delete in the Model Registry, as the API reference of each operation states it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, START, World

SPECIFICATION = {"Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://models/packaged.tar.gz"}]}
DIGITS = f"{PREFIX}model-package-group/digits"


def version(world: World, group: str = "digits", **fields: Any) -> str:
    world.clock.time += timedelta(seconds=1)
    request = {"ModelPackageGroupName": group, "InferenceSpecification": SPECIFICATION} | fields
    return str(world.call("CreateModelPackage", **request)["ModelPackageArn"])


def packages(world: World, **params: Any) -> list[str]:
    found = world.call("ListModelPackages", **params)["ModelPackageSummaryList"]
    return [package["ModelPackageArn"].removeprefix(f"{PREFIX}model-package/") for package in found]


def groups(world: World, **params: Any) -> list[str]:
    found = world.call("ListModelPackageGroups", **params)["ModelPackageGroupSummaryList"]
    return [group["ModelPackageGroupName"] for group in found]


@pytest.fixture
def registry(world: World) -> World:
    """Two groups, `letters` a second after `digits`; three versions of `digits`, and a package without versions."""
    for name in ("digits", "letters"):
        world.call("CreateModelPackageGroup", ModelPackageGroupName=name, ModelPackageGroupDescription=f"all {name}")
        world.clock.time += timedelta(seconds=1)
    version(world)
    version(world, ModelApprovalStatus="Approved")
    version(world, ModelApprovalStatus="Rejected")
    world.call("CreateModelPackage", ModelPackageName="alone", InferenceSpecification=SPECIFICATION)
    return world


@pytest.mark.parametrize(
    ("params", "found"),
    [
        # "UNVERSIONED ... This is the default value if no ModelPackageType is specified."
        ({}, ["alone"]),
        ({"ModelPackageType": "Versioned"}, ["digits/1", "digits/2", "digits/3"]),
        ({"ModelPackageType": "Both"}, ["digits/1", "digits/2", "alone", "digits/3"]),
        ({"ModelPackageGroupName": "digits"}, ["digits/1", "digits/2", "digits/3"]),
        ({"ModelPackageGroupName": DIGITS}, ["digits/1", "digits/2", "digits/3"]),
        ({"ModelPackageGroupName": "letters"}, []),
        ({"ModelPackageGroupName": "digits", "ModelApprovalStatus": "Approved"}, ["digits/2"]),
        ({"ModelPackageGroupName": "digits", "SortOrder": "Descending"}, ["digits/3", "digits/2", "digits/1"]),
        ({"ModelPackageGroupName": "digits", "CreationTimeBefore": START.timestamp() + 4}, ["digits/1"]),
        ({"ModelPackageType": "Both", "NameContains": "lon"}, ["alone"]),
        ({"ModelPackageType": "Both", "NameContains": "1"}, []),
    ],
    ids=str,
)
def test_packages_are_listed_by_group_kind_approval_time_and_name(
    registry: World, params: dict[str, Any], found: list[str]
) -> None:
    assert sorted(packages(registry, **params)) == sorted(found)
    if "ModelPackageType" not in params:
        assert packages(registry, **params) == found


def test_the_summary_of_a_version_has_no_name(registry: World) -> None:
    """sagemaker-python-sdk issue 5606: the SDK breaks on it, so it is what AWS answers."""
    of_version = registry.call("ListModelPackages", ModelPackageGroupName="digits")["ModelPackageSummaryList"][0]
    (of_package,) = registry.call("ListModelPackages")["ModelPackageSummaryList"]

    assert "ModelPackageName" not in of_version
    assert (of_version["ModelPackageGroupName"], of_version["ModelPackageVersion"]) == ("digits", 1)
    assert of_version["ModelApprovalStatus"] == "PendingManualApproval"
    assert of_package["ModelPackageName"] == "alone"


def test_pages_of_packages_and_groups_end(registry: World) -> None:
    first = registry.call("ListModelPackages", ModelPackageGroupName="digits", MaxResults=2)
    rest = packages(registry, ModelPackageGroupName="digits", NextToken=first["NextToken"])
    assert (len(first["ModelPackageSummaryList"]), rest) == (2, ["digits/3"])

    first = registry.call("ListModelPackageGroups", MaxResults=1)
    assert groups(registry, NextToken=first["NextToken"]) == ["letters"]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["digits", "letters"]),
        ({"SortOrder": "Descending"}, ["letters", "digits"]),
        ({"SortBy": "Name", "SortOrder": "Descending"}, ["letters", "digits"]),
        ({"NameContains": "igit"}, ["digits"]),
        ({"CreationTimeAfter": START.timestamp() + 1}, ["letters"]),
        ({"CrossAccountFilterOption": "SameAccount"}, ["digits", "letters"]),
        ({"CrossAccountFilterOption": "CrossAccount"}, []),
    ],
    ids=str,
)
def test_groups_are_listed_by_name_and_time(registry: World, params: dict[str, Any], found: list[str]) -> None:
    assert groups(registry, **params) == found


@pytest.mark.parametrize("name", ["digits", DIGITS])
def test_a_group_is_described_by_its_name_or_arn(registry: World, name: str) -> None:
    assert registry.call("DescribeModelPackageGroup", ModelPackageGroupName=name) == {
        "ModelPackageGroupName": "digits",
        "ModelPackageGroupArn": DIGITS,
        "ModelPackageGroupDescription": "all digits",
        "CreationTime": START.timestamp(),
        "CreatedBy": {},
        "ModelPackageGroupStatus": "Completed",
    }


@pytest.mark.parametrize("operation", ["DescribeModelPackageGroup", "DeleteModelPackageGroup"])
def test_a_missing_group_is_refused_with_awss_words(world: World, operation: str) -> None:
    """The words: moto pull request 7246, which quotes the AWS CLI."""
    assert world.refused(operation, ModelPackageGroupName="digits") == f"ModelPackageGroup {DIGITS} does not exist."


def test_a_group_is_deleted_after_its_versions(registry: World) -> None:
    refusal = registry.refusal("DeleteModelPackageGroup", ModelPackageGroupName="digits")
    assert (refusal.code, refusal.status) == ("ConflictException", 400)
    assert DIGITS in refusal.message

    for number in (1, 2, 3):
        registry.call("DeleteModelPackage", ModelPackageName=f"{PREFIX}model-package/digits/{number}")
    registry.call("DeleteModelPackageGroup", ModelPackageGroupName="digits")

    assert groups(registry) == ["letters"]
    registry.call("CreateModelPackageGroup", ModelPackageGroupName="digits")
    assert version(registry) == f"{PREFIX}model-package/digits/1"


def test_a_version_is_registered_by_the_arn_of_its_group(registry: World) -> None:
    assert version(registry, DIGITS) == f"{PREFIX}model-package/digits/4"
    assert len(packages(registry, ModelPackageGroupName="digits")) == 4


def test_an_update_of_a_version_has_its_time(registry: World) -> None:
    arn = f"{PREFIX}model-package/digits/1"
    assert "LastModifiedTime" not in registry.call("DescribeModelPackage", ModelPackageName=arn)
    registry.clock.time += timedelta(minutes=1)

    registry.call("UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Approved")

    found = registry.call("DescribeModelPackage", ModelPackageName=arn)
    assert found["LastModifiedTime"] == registry.clock.time.timestamp()
