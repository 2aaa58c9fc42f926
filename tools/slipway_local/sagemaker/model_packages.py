"""The Model Registry: groups, and the packages in them. Nothing is validated by running it, as AWS may be asked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway_local.ports import Clock
from slipway_local.sagemaker.errors import refused
from slipway_local.sagemaker.records import ModelPackage, ModelPackageGroup
from slipway_local.sagemaker.tables import Tables
from slipway_local.sagemaker.tags import read_tags

NOT_HERE = ("ValidationSpecification", "SourceAlgorithmSpecification")
NOT_KEPT = ("Tags", "ClientToken")
REPLACED = (
    "ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification", "SourceUri", "ModelCard", "ModelLifeCycle",
    "ModelPackageRegistrationType",
)  # fmt: skip


def find_package(tables: Tables, name_or_arn: str) -> ModelPackage:
    """Return a package by name or ARN; the caller holds the lock. Raises `SageMakerError`."""
    parsed = tables.arns.parse(name_or_arn)
    kind, name = parsed or (tables.model_packages.kind, name_or_arn)
    found = tables.model_packages.peek(name) if kind == tables.model_packages.kind else None
    if found is None:
        arn = name_or_arn if name_or_arn.startswith("arn:") else tables.model_packages.arn(name)
        raise refused(f"ModelPackage {arn} does not exist.")
    return found


class ModelPackages:
    """The operations of the Model Registry."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    def create_model_package_group(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModelPackageGroup."""
        name, groups = params["ModelPackageGroupName"], self._tables.package_groups
        tags = read_tags(params.get("Tags", []))
        with self._tables.lock:
            groups.add(ModelPackageGroup(name, groups.arn(name), self._clock.now(), dict(params), tags))
        return {"ModelPackageGroupArn": groups.arn(name)}

    def create_model_package(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModelPackage: a version of a group, or a package that has a name and no versions."""
        _check_new(params)
        tags = read_tags(params.get("Tags", []))
        packages = self._tables.model_packages
        with self._tables.lock:
            versioned = "ModelPackageGroupName" in params
            name, version = self._next_version(params) if versioned else (params["ModelPackageName"], {})
            described = {key: value for key, value in params.items() if key not in NOT_KEPT} | version
            packages.add(ModelPackage(name, packages.arn(name), self._clock.now(), described, tags))
        return {"ModelPackageArn": packages.arn(name)}

    def describe_model_package(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModelPackage, by name or ARN."""
        with self._tables.lock:
            package = find_package(self._tables, params["ModelPackageName"])
            return {
                **package.request,
                "ModelPackageArn": package.arn,
                "CreationTime": package.created.timestamp(),
                "ModelPackageStatus": "Completed",
                "ModelPackageStatusDetails": {"ValidationStatuses": []},
            }

    def update_model_package(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateModelPackage: approve or reject a version, and change what it says of itself."""
        with self._tables.lock:
            package = find_package(self._tables, params["ModelPackageArn"])
            if "ModelPackageVersion" not in package.request:
                raise refused(f"ModelPackage {package.arn} has no versions, and cannot be updated.")
            changed = {name: params[name] for name in REPLACED if name in params}
            package.request = {**package.request, **changed, **_extended(package.request, params)}
            return {"ModelPackageArn": package.arn}

    def delete_model_package(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModelPackage; models made from it keep what they took of it."""
        with self._tables.lock:
            self._tables.model_packages.remove(find_package(self._tables, params["ModelPackageName"]).name)
        return {}

    def _next_version(self, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        group_name = params["ModelPackageGroupName"]
        group = self._tables.package_groups.peek(group_name)
        if group is None:
            raise refused(f"ModelPackageGroup {self._tables.package_groups.arn(group_name)} does not exist.")
        group.versions += 1
        approval = params.get("ModelApprovalStatus", "PendingManualApproval")
        version = {
            "ModelPackageName": group_name,
            "ModelPackageVersion": group.versions,
            "ModelApprovalStatus": approval,
        }
        return f"{group_name}/{group.versions}", version


def _check_new(params: Mapping[str, Any]) -> None:
    """Refuse what AWS refuses in its own words (moto pull request 7165 quotes them), and what is not to be had here."""
    versioned = "ModelPackageGroupName" in params
    if versioned and "ModelPackageName" in params:
        raise refused(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use."
        )
    if not versioned and "ModelPackageName" not in params:
        raise refused("Missing ARN.")
    if versioned and params.get("Tags"):
        raise refused("Tags are not allowed on a version: tag its model package group.")
    for name in NOT_HERE:
        if name in params:
            raise refused(f"The local SageMaker has no {name}: give InferenceSpecification.")
    if "ModelApprovalStatus" in params and not versioned:
        raise refused("ModelApprovalStatus is for versioned model packages.")


def _extended(old: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    removed = params.get("CustomerMetadataPropertiesToRemove", [])
    metadata = {**old.get("CustomerMetadataProperties", {}), **params.get("CustomerMetadataProperties", {})}
    more = params.get("AdditionalInferenceSpecificationsToAdd", [])
    extended = {
        "CustomerMetadataProperties": {name: value for name, value in metadata.items() if name not in removed},
        "AdditionalInferenceSpecifications": [*old.get("AdditionalInferenceSpecifications", []), *more],
    }
    return {name: value for name, value in extended.items() if value or name in old}
