"""The Model Registry: groups, packages, and the containers of a package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from slipway_local.ports import Clock
from slipway_local.sagemaker.errors import SageMakerError, refused
from slipway_local.sagemaker.events import Announcer
from slipway_local.sagemaker.listing import Listing, answer_of, by_creation, by_name
from slipway_local.sagemaker.models import ModelPackage, ModelPackageGroup, Record, Table, Tables
from slipway_local.sagemaker.tags import read_tags

NOT_KEPT = ("Tags", "ClientToken")
REPLACED = (
    "ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification", "SourceUri", "ModelCard", "ModelLifeCycle",
    "ModelPackageRegistrationType",
)  # fmt: skip
# The members of a ModelPackageSummary, where the package has them.
SUMMARY = (
    "ModelPackageName", "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn", "ModelPackageDescription",
    "CreationTime", "ModelPackageStatus", "ModelApprovalStatus", "ModelLifeCycle", "ModelPackageRegistrationType",
)  # fmt: skip
GROUP_FIELDS = ("ModelPackageGroupDescription", "ManagedConfiguration")
SORT_KEYS = {"Name": by_name, "CreationTime": by_creation}
R = TypeVar("R", bound=Record)


def find_package(tables: Tables, name_or_arn: str) -> ModelPackage:
    """Return a package by name or ARN; the caller holds the lock. Raises `SageMakerError`."""
    found = _by_name_or_arn(tables, tables.model_packages, name_or_arn)
    if found is None:
        arn = name_or_arn if name_or_arn.startswith("arn:") else tables.model_packages.arn(name_or_arn)
        raise refused(f"ModelPackage {arn} does not exist.")
    return found


def containers_of_package(package: ModelPackage, container: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a package's containers, with the environment that CreateModel adds. Raises `SageMakerError`.

    That only approved versions become models is documented of the registry; the words of the refusal are ours.
    """
    if not {"Image", "ModelDataUrl", "ModelDataSource"}.isdisjoint(container):
        raise refused("A container with a ModelPackageName takes image and model data from the package.")
    if package.request.get("ModelApprovalStatus", "Approved") != "Approved":
        raise refused(
            f"ModelPackage {package.arn} is not approved: its status is {package.request['ModelApprovalStatus']}."
        )
    inner = _specification(package, container.get("InferenceSpecificationName")).get("Containers", [])
    if not inner or any("Image" not in one for one in inner):
        raise refused(f"ModelPackage {package.arn} has a container without an Image.")
    added = container.get("Environment", {})
    return [{**one, "Environment": {**one.get("Environment", {}), **added}} for one in inner]


def _specification(package: ModelPackage, name: str | None) -> Mapping[str, Any]:
    """Return the package's specification, or the additional one of that name."""
    if name is None:
        return dict(package.request.get("InferenceSpecification", {}))
    for one in package.request.get("AdditionalInferenceSpecifications", []):
        if one["Name"] == name:
            return dict(one)
    raise refused(f"ModelPackage {package.arn} has no inference specification {name}.")


def find_group(tables: Tables, name_or_arn: str) -> ModelPackageGroup:
    """Return a group by name or ARN; the caller holds the lock. Raises `SageMakerError`."""
    found = _by_name_or_arn(tables, tables.package_groups, name_or_arn)
    if found is None:
        arn = name_or_arn if name_or_arn.startswith("arn:") else tables.package_groups.arn(name_or_arn)
        # AWS's words, quoted by moto pull request 7246.
        raise refused(f"ModelPackageGroup {arn} does not exist.")
    return found


def _by_name_or_arn(tables: Tables, table: Table[R], name_or_arn: str) -> R | None:
    kind, name = tables.arns.parse(name_or_arn) or (table.kind, name_or_arn)
    return table.peek(name) if kind == table.kind else None


def describe_package(package: ModelPackage) -> dict[str, Any]:
    """Return every field of DescribeModelPackage that has a value; times are epoch seconds."""
    modified = {"LastModifiedTime": package.modified.timestamp()} if package.modified else {}
    return {
        **package.request,
        "ModelPackageArn": package.arn,
        "CreationTime": package.created.timestamp(),
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        **modified,
    }


def describe_group(group: ModelPackageGroup) -> dict[str, Any]:
    """Return the fields of DescribeModelPackageGroup; CreatedBy is for users of SageMaker Studio, and empty here."""
    given = {key: group.request[key] for key in GROUP_FIELDS if key in group.request}
    return {
        "ModelPackageGroupName": group.name,
        "ModelPackageGroupArn": group.arn,
        "CreationTime": group.created.timestamp(),
        "CreatedBy": {},
        "ModelPackageGroupStatus": "Completed",
        **given,
    }


class ModelPackages:
    """The operations of the Model Registry; those of the lists are newest last, as the API reference states."""

    def __init__(self, tables: Tables, clock: Clock, announcer: Announcer) -> None:
        self._tables = tables
        self._clock = clock
        self._announcer = announcer
        self._groups: Listing[ModelPackageGroup] = Listing(SORT_KEYS, "Ascending")
        self._packages: Listing[ModelPackage] = Listing(SORT_KEYS, "Ascending", lambda one: one.name.partition("/")[0])

    def create_model_package_group(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModelPackageGroup."""
        name, groups = params["ModelPackageGroupName"], self._tables.package_groups
        tags = read_tags(params.get("Tags", []))
        with self._tables.lock:
            groups.add(ModelPackageGroup(name, groups.arn(name), self._clock.now(), dict(params), tags))
        return {"ModelPackageGroupArn": groups.arn(name)}

    def describe_model_package_group(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModelPackageGroup, by name or ARN."""
        with self._tables.lock:
            return describe_group(find_group(self._tables, params["ModelPackageGroupName"]))

    def list_model_package_groups(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListModelPackageGroups; no other account shares any with this one."""
        with self._tables.lock:
            own = params.get("CrossAccountFilterOption", "SameAccount") == "SameAccount"
            page, token = self._groups.page(self._tables.package_groups.seen() if own else [], params)
            described = [describe_group(group) for group in page]
        summaries = [{key: value for key, value in one.items() if key != "CreatedBy"} for one in described]
        return answer_of("ModelPackageGroupSummaryList", summaries, token)

    def delete_model_package_group(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModelPackageGroup; a group that has versions is a ConflictException, in words of our own."""
        with self._tables.lock:
            group = find_group(self._tables, params["ModelPackageGroupName"])
            if any(package.group_name == group.name for package in self._tables.model_packages):
                text = f"Cannot delete ModelPackageGroup {group.arn}: it has model packages. Delete them first."
                raise SageMakerError("ConflictException", text)
            self._tables.package_groups.remove(group.name)
        return {}

    def create_model_package(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModelPackage: a version of a group, or a package that has a name and no versions."""
        _check_new(params)
        tags = read_tags(params.get("Tags", []))
        packages, token = self._tables.model_packages, params.get("ClientToken")
        with self._tables.lock:
            # "A unique token that guarantees that the call to this API is idempotent."
            for package in packages:
                if token and package.client_token == token:
                    return {"ModelPackageArn": package.arn}
            versioned = "ModelPackageGroupName" in params
            name, version = self._next_version(params) if versioned else (params["ModelPackageName"], {})
            described = {key: value for key, value in params.items() if key not in NOT_KEPT} | version
            arn, now = packages.arn(name), self._clock.now()
            package = ModelPackage(name, arn, now, described, tags, client_token=token)
            packages.add(package)
            if versioned:
                self._announcer.model_package(package)
        return {"ModelPackageArn": arn}

    def describe_model_package(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModelPackage, by name or ARN."""
        with self._tables.lock:
            return describe_package(find_package(self._tables, params["ModelPackageName"]))

    def list_model_packages(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListModelPackages: the versions of a group, and without one what ModelPackageType says.

        That type is Unversioned by default (its API reference).
        """
        with self._tables.lock:
            packages = [one for one in self._tables.model_packages.seen() if _is_listed(one, params)]
            page, token = self._packages.page(packages, params)
            summaries = [_summary(package) for package in page]
        return answer_of("ModelPackageSummaryList", summaries, token)

    def update_model_package(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateModelPackage: approve or reject a version, and change what it says of itself."""
        with self._tables.lock:
            package = find_package(self._tables, params["ModelPackageArn"])
            if "ModelPackageVersion" not in package.request:
                raise refused(f"ModelPackage {package.arn} has no versions, and cannot be updated.")
            changed = {name: params[name] for name in REPLACED if name in params}
            package.request = {**package.request, **changed, **_extended(package.request, params)}
            package.modified = self._clock.now()
            self._announcer.model_package(package)
            return {"ModelPackageArn": package.arn}

    def delete_model_package(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModelPackage; models made from it keep what they took of it."""
        with self._tables.lock:
            self._tables.model_packages.remove(find_package(self._tables, params["ModelPackageName"]).name)
        return {}

    def _next_version(self, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        group = _by_name_or_arn(self._tables, self._tables.package_groups, params["ModelPackageGroupName"])
        if group is None:
            # AWS's words for this operation, quoted by moto pull request 7165.
            raise refused("Model Package Group does not exist.")
        group.versions += 1
        approval = params.get("ModelApprovalStatus", "PendingManualApproval")
        version = {
            "ModelPackageName": group.name,
            "ModelPackageGroupName": group.name,
            "ModelPackageVersion": group.versions,
            "ModelApprovalStatus": approval,
        }
        return f"{group.name}/{group.versions}", version


def _is_listed(package: ModelPackage, params: Mapping[str, Any]) -> bool:
    approval = package.request.get("ModelApprovalStatus")
    if params.get("ModelApprovalStatus", approval) != approval:
        return False
    if "ModelPackageGroupName" in params:
        return package.group_name == str(params["ModelPackageGroupName"]).rpartition("/")[2]
    kind = "Unversioned" if package.group_name is None else "Versioned"
    return params.get("ModelPackageType", "Unversioned") in {kind, "Both"}


def _summary(package: ModelPackage) -> dict[str, Any]:
    """Return a ModelPackageSummary; that of a version has no ModelPackageName (sagemaker-python-sdk issue 5606)."""
    described = describe_package(package)
    return {
        key: described[key]
        for key in SUMMARY
        if key in described and (key != "ModelPackageName" or package.group_name is None)
    }


def _check_new(params: Mapping[str, Any]) -> None:
    """Refuse what AWS refuses in its own words (moto pull request 7165 quotes them)."""
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
