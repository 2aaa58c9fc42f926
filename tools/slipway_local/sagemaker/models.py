"""CreateModel, DescribeModel, ListModels and DeleteModel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway_local.ports import Clock, ObjectDenied, ObjectMissing, ObjectStore, Roles
from slipway_local.sagemaker.errors import in_use, not_accessible, refused
from slipway_local.sagemaker.images import check_image
from slipway_local.sagemaker.listing import Listing
from slipway_local.sagemaker.model_packages import find_package
from slipway_local.sagemaker.records import NOT_LIVE, EndpointConfig, Model, ModelPackage
from slipway_local.sagemaker.settings import Settings
from slipway_local.sagemaker.tables import Tables
from slipway_local.sagemaker.tags import read_tags


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
    inner = package.request.get("InferenceSpecification", {}).get("Containers", [])
    if not inner or any("Image" not in one for one in inner):
        raise refused(f"ModelPackage {package.arn} has a container without an Image.")
    added = container.get("Environment", {})
    return [{**one, "Environment": {**one.get("Environment", {}), **added}} for one in inner]


def containers_of_model(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the containers of a CreateModel request, the primary one first."""
    primary = request.get("PrimaryContainer")
    return [primary] if primary else list(request.get("Containers", []))


def model_data_uri(container: Mapping[str, Any]) -> str | None:
    """Return the s3:// address of a container's model data, None where it has none."""
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    uri: str | None = container.get("ModelDataUrl") or source.get("S3Uri")
    return uri


def models_of_config(config: EndpointConfig) -> set[str]:
    """Return the names of every model that a configuration may start."""
    names = set()
    for variant in [*config.request["ProductionVariants"], *config.request.get("ShadowProductionVariants", [])]:
        names.add(variant["ModelName"])
        names.update(p["ModelNameOverride"] for p in variant.get("InstancePools", []) if "ModelNameOverride" in p)
    return names


class Models:
    """The model operations."""

    def __init__(self, tables: Tables, clock: Clock, objects: ObjectStore, roles: Roles, settings: Settings) -> None:
        self._settings = settings
        self._tables = tables
        self._clock = clock
        self._objects = objects
        self._roles = roles
        self._listing: Listing[Model] = Listing(
            {"Name": lambda model: model.name, "CreationTime": lambda model: model.created.timestamp()}
        )

    def create_model(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModel. S3 and IAM are asked without holding the lock: they may be slow."""
        name, models = params["ModelName"], self._tables.models
        with self._tables.lock:
            models.refuse_existing(name)
        tags = read_tags(params.get("Tags", []))
        containers = self._containers(params)
        self._check_role(params.get("ExecutionRoleArn"))
        request = {key: value for key, value in params.items() if key != "Tags"}
        with self._tables.lock:
            models.add(Model(name, models.arn(name), self._clock.now(), request, tags, containers=containers))
        return {"ModelArn": models.arn(name)}

    def describe_model(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModel."""
        with self._tables.lock:
            model = self._tables.models.find(params["ModelName"])
            defaults = {"EnableNetworkIsolation": False}
            return defaults | dict(model.request) | {"ModelArn": model.arn, "CreationTime": _epoch(model)}

    def list_models(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListModels."""
        with self._tables.lock:
            page, token = self._listing.page(self._tables.models.seen(), params)
        shown = [{"ModelName": m.name, "ModelArn": m.arn, "CreationTime": _epoch(m)} for m in page]
        return {"Models": shown} | ({"NextToken": token} if token else {})

    def delete_model(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModel; refused while a live endpoint's configuration names the model, if settings say so.

        AWS documents no refusal, and leaves such an endpoint unpatchable.
        """
        with self._tables.lock:
            model = self._tables.models.find(params["ModelName"])
            for endpoint in self._tables.endpoints:
                needed = (models_of_config(config) for config in endpoint.configs)
                live = self._settings.refuse_in_use and endpoint.status not in NOT_LIVE
                if live and any(model.name in names for names in needed):
                    raise in_use("model", model.arn, endpoint.arn)
            self._tables.models.remove(model.name)
            return {}

    def _containers(self, params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        asked = containers_of_model(params)
        if not asked or ("PrimaryContainer" in params and "Containers" in params):
            raise refused("Exactly one of PrimaryContainer and Containers must be given.")
        containers = [inner for container in asked for inner in self._unpacked(container)]
        for container in containers:
            check_image(container, self._tables.arns.region)
            self._check_model_data(container, params.get("ExecutionRoleArn"))
        return containers

    def _unpacked(self, container: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        if "ModelPackageName" in container:
            with self._tables.lock:
                return containers_of_package(find_package(self._tables, container["ModelPackageName"]), container)
        if "Image" not in container:
            raise refused("A container needs an Image or a ModelPackageName.")
        return [container]

    def _check_model_data(self, container: Mapping[str, Any], role_arn: str | None) -> None:
        """Look, as the execution role, for the one object that the container names; a prefix is left to hosting."""
        source = container.get("ModelDataSource", {}).get("S3DataSource", {})
        uri = model_data_uri(container)
        if uri is None or source.get("S3DataType") == "S3Prefix":
            return
        try:
            self._objects.acting_as(role_arn).head(uri)
        except ObjectMissing:
            raise refused(f"Could not find model data at {uri}.") from None
        except ObjectDenied:
            raise refused(not_accessible(uri, str(role_arn), self._tables.arns.region)) from None

    def _check_role(self, role_arn: str | None) -> None:
        if role_arn is not None and not self._roles.can_be_assumed(role_arn):
            raise refused(
                f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
                "principal 'sagemaker.amazonaws.com' to assume the role."
            )


def _epoch(model: Model) -> float:
    return model.created.timestamp()
