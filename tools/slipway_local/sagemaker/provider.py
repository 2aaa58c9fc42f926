"""The operations of SageMaker, and the service as one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from slipway_local.iam.execution_role import of_image, of_network
from slipway_local.json_protocol import CONTENT_TYPE, JsonProtocol, Response, ServiceError
from slipway_local.ports import (
    CalledServices,
    Clock,
    ObjectDenied,
    ObjectMissing,
    ObjectStore,
    Roles,
    ScalableClock,
)
from slipway_local.sagemaker.deployments import (
    Dependencies,
    Deployments,
    Executor,
    stop_all,
    thread_executor,
)
from slipway_local.sagemaker.endpoints import EndpointChanges, Endpoints, HostedEndpoints
from slipway_local.sagemaker.errors import (
    ResponseLost,
    SageMakerError,
    cannot_pull,
    in_use,
    not_accessible,
    refused,
)
from slipway_local.sagemaker.events import Announcer
from slipway_local.sagemaker.faults.orders import CALL_KINDS, CAN_BE_UNSEEN, Faults
from slipway_local.sagemaker.faults.texts import CallFaults
from slipway_local.sagemaker.inference_components import InferenceComponents
from slipway_local.sagemaker.listing import Listing, answer_of, by_creation, by_name
from slipway_local.sagemaker.models import (
    NOT_LIVE,
    Arns,
    EndpointConfig,
    EndpointStatus,
    Model,
    Tables,
    model_data_uri,
    models_of_config,
)
from slipway_local.sagemaker.registry import ModelPackages, containers_of_package, find_package
from slipway_local.sagemaker.search import Search
from slipway_local.sagemaker.settings import Settings
from slipway_local.sagemaker.tags import Tagging, read_tags
from slipway_local.sagemaker.training_jobs import TrainingJobs
from slipway_local.sagemaker.transform_jobs import TransformJobs
from slipway_local.sagemaker.validation.documented import (
    check_containers,
    check_endpoint_config,
    check_environments,
)
from slipway_local.sagemaker.validation.images import check_image
from slipway_local.sagemaker.validation.members import refuse_members
from slipway_local.sagemaker.validation.shapes import RequestShapes
from slipway_local.sagemaker.validation.variants import check_variants


def containers_of_model(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the containers of a CreateModel request, the primary one first."""
    primary = request.get("PrimaryContainer")
    return [primary] if primary else list(request.get("Containers", []))


class Models:
    """The model operations."""

    def __init__(self, tables: Tables, clock: Clock, objects: ObjectStore, roles: Roles, settings: Settings) -> None:
        self._settings = settings
        self._tables = tables
        self._clock = clock
        self._objects = objects
        self._roles = roles
        self._listing: Listing[Model] = Listing({"Name": by_name, "CreationTime": by_creation})

    def create_model(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModel. S3 and IAM are asked without holding the lock: they may be slow."""
        name, models = params["ModelName"], self._tables.models
        with self._tables.lock:
            models.refuse_existing(name)
        tags = read_tags(params.get("Tags", []))
        containers = self._containers(params)
        self._check_role(params, containers)
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
        return answer_of("Models", shown, token)

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
        check_environments(asked)
        check_containers(params, asked)
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
        if uri is None or source.get("S3DataType") == "S3Prefix" or container.get("Mode") == "MultiModel":
            return
        try:
            self._objects.acting_as(role_arn).head(uri)
        except ObjectMissing:
            raise refused(f"Could not find model data at {uri}.") from None
        except ObjectDenied:
            raise refused(not_accessible(uri, str(role_arn), self._tables.arns.region)) from None

    def _check_role(self, params: Mapping[str, Any], containers: list[Mapping[str, Any]]) -> None:
        role_arn = params.get("ExecutionRoleArn")
        if role_arn is None:
            return
        if not self._roles.can_be_assumed(role_arn):
            raise refused(
                f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
                "principal 'sagemaker.amazonaws.com' to assume the role."
            )
        for image in (str(container["Image"]) for container in containers):
            if self._roles.refusal(role_arn, of_image(image)):
                raise refused(cannot_pull(role_arn, image))
        if text := self._roles.refusal(role_arn, of_network(params)):
            raise refused(f"The execution role {role_arn} cannot attach the model to its VPC: {text}")


def _epoch(model: Model) -> float:
    return model.created.timestamp()


class EndpointConfigs:
    """The endpoint configuration operations."""

    def __init__(self, tables: Tables, clock: Clock, settings: Settings) -> None:
        self._settings = settings
        self._tables = tables
        self._clock = clock
        self._listing: Listing[EndpointConfig] = Listing({"Name": by_name, "CreationTime": by_creation})

    def create_endpoint_config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateEndpointConfig; every model that it names must exist."""
        name, configs = params["EndpointConfigName"], self._tables.configs
        tags = read_tags(params.get("Tags", []))
        check_variants(params)
        request = {key: value for key, value in params.items() if key != "Tags"}
        with self._tables.lock:
            config = EndpointConfig(name, configs.arn(name), self._clock.now(), request, tags)
            configs.refuse_existing(name)
            for model_name in sorted(models_of_config(config)):
                self._tables.models.find(model_name)
            arns, models = self._tables.arns, self._tables.models
            check_endpoint_config(request, lambda name: models.find(name).request, arns.region, arns.account_id)
            configs.add(config)
        return {"EndpointConfigArn": config.arn}

    def describe_endpoint_config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeEndpointConfig; InitialVariantWeight is 1.0 where none was given, as on AWS."""
        with self._tables.lock:
            config = self._tables.configs.find(params["EndpointConfigName"])
            request = dict(config.request)
            weight = {"InitialVariantWeight": 1.0}
            for kind in request.keys() & {"ProductionVariants", "ShadowProductionVariants"}:
                request[kind] = [weight | v for v in request[kind]]
            return request | {"EndpointConfigArn": config.arn, "CreationTime": config.created.timestamp()}

    def list_endpoint_configs(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListEndpointConfigs."""
        with self._tables.lock:
            page, token = self._listing.page(self._tables.configs.seen(), params)
        shown = [
            {
                "EndpointConfigName": config.name,
                "EndpointConfigArn": config.arn,
                "CreationTime": config.created.timestamp(),
            }
            for config in page
        ]
        return answer_of("EndpointConfigs", shown, token)

    def delete_endpoint_config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteEndpointConfig; refused while a live endpoint has it in place or on its way, if settings say so."""
        with self._tables.lock:
            config = self._tables.configs.find(params["EndpointConfigName"])
            for endpoint in self._tables.endpoints:
                live = self._settings.refuse_in_use and endpoint.status not in NOT_LIVE
                if live and config in endpoint.configs:
                    raise in_use("endpoint configuration", config.arn, endpoint.arn)
            self._tables.configs.remove(config.name)
            return {}


# "API calls to unavailable features will fail with a 4xx message indicating" this (AWS GovCloud user guide, Amazon
# SageMaker AI); the code is in terraform-provider-aws issue 16061.
NOT_IN_THE_REGION = "The requested operation is not supported in the called region."
Operation = Callable[[Mapping[str, Any]], dict[str, Any]]


class SageMaker:
    """SageMaker's API for one account in one region; every method may be called from any thread."""

    def __init__(
        self,
        arns: Arns,
        clock: ScalableClock,
        services: CalledServices,
        settings: Settings | None = None,
        executor: Executor = thread_executor,
    ) -> None:
        self.settings = settings or Settings()
        self.faults = Faults()
        self.clock = clock
        self._tables = Tables(arns)
        self._announcer = Announcer(services.put_event)
        self._shapes = RequestShapes()
        self._call_faults = CallFaults(self._tables)
        self._targets = services.targets
        dependencies = Dependencies(services, clock, self.settings, self.faults, self._announcer, executor)
        self.hosted = HostedEndpoints(self._tables)
        self.tagging = Tagging(self._tables)
        self._training_jobs = TrainingJobs(self._tables, clock, self._shapes)
        self._deployments = Deployments(self._tables, dependencies)
        self._operations = self._all_operations(dependencies)

    def _all_operations(self, dependencies: Dependencies) -> dict[str, Operation]:
        services = dependencies.services
        models = Models(self._tables, dependencies.clock, services.objects, services.roles, self.settings)
        configs = EndpointConfigs(self._tables, dependencies.clock, self.settings)
        endpoints = Endpoints(self._tables, dependencies, self._deployments)
        self._changes = changes = EndpointChanges(self._tables, dependencies)
        packages = ModelPackages(self._tables, dependencies.clock, self._announcer)
        search = Search(self._tables, self._shapes)
        transforms = TransformJobs(self._tables, dependencies)
        self._components = components = InferenceComponents(self._tables, dependencies)
        return {
            "CreateModel": models.create_model,
            "DescribeModel": models.describe_model,
            "ListModels": models.list_models,
            "DeleteModel": models.delete_model,
            "CreateEndpointConfig": configs.create_endpoint_config,
            "DescribeEndpointConfig": configs.describe_endpoint_config,
            "ListEndpointConfigs": configs.list_endpoint_configs,
            "DeleteEndpointConfig": configs.delete_endpoint_config,
            "CreateEndpoint": endpoints.create_endpoint,
            "DescribeEndpoint": endpoints.describe_endpoint,
            "ListEndpoints": endpoints.list_endpoints,
            "UpdateEndpoint": endpoints.update_endpoint,
            "UpdateEndpointWeightsAndCapacities": changes.update_endpoint_weights_and_capacities,
            "DeleteEndpoint": changes.delete_endpoint,
            "CreateInferenceComponent": components.create,
            "DescribeInferenceComponent": components.describe,
            "ListInferenceComponents": components.list,
            "UpdateInferenceComponent": components.update,
            "UpdateInferenceComponentRuntimeConfig": components.update_runtime_config,
            "DeleteInferenceComponent": components.delete,
            "DescribeTrainingJob": self._training_jobs.describe_training_job,
            "ListTrainingJobs": self._training_jobs.list_training_jobs,
            "CreateTransformJob": transforms.create_transform_job,
            "DescribeTransformJob": transforms.describe_transform_job,
            "ListTransformJobs": transforms.list_transform_jobs,
            "StopTransformJob": transforms.stop_transform_job,
            "CreateModelPackageGroup": packages.create_model_package_group,
            "DescribeModelPackageGroup": packages.describe_model_package_group,
            "ListModelPackageGroups": packages.list_model_package_groups,
            "DeleteModelPackageGroup": packages.delete_model_package_group,
            "CreateModelPackage": packages.create_model_package,
            "DescribeModelPackage": packages.describe_model_package,
            "ListModelPackages": packages.list_model_packages,
            "UpdateModelPackage": packages.update_model_package,
            "DeleteModelPackage": packages.delete_model_package,
            "Search": search.search,
            "AddTags": self.tagging.add_tags,
            "ListTags": self.tagging.list_tags,
            "DeleteTags": self.tagging.delete_tags,
        }

    def resize(self, endpoint_name: str, variant_name: str, count: int) -> None:
        """Change the instances of a variant as Application Auto Scaling does; a busy endpoint stays as it is."""
        change = {"VariantName": variant_name, "DesiredInstanceCount": count}
        request = {"EndpointName": endpoint_name, "DesiredWeightsAndCapacities": [change]}
        with suppress(SageMakerError):
            self._changes.update_endpoint_weights_and_capacities(request)

    @property
    def operations(self) -> list[str]:
        """The names of the operations that `call` knows."""
        return sorted(self._operations)

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Perform one operation, `CreateModel` and so on, and return its JSON-able answer.

        Timestamps are epoch seconds in both directions, as on the wire. Raises `SageMakerError`; `ResponseLost`
        of it means that the call was performed all the same.
        """
        if operation not in self._operations:
            raise SageMakerError(
                "UnknownOperationException",
                f'{NOT_IN_THE_REGION} The local SageMaker has no operation "{operation}"; it has '
                f"{', '.join(self.operations)}.",
            )
        fault = self.faults.take(*CALL_KINDS, operation=operation, endpoint_name=params.get("EndpointName"))
        error = self._call_faults.error(fault, operation, params) if fault else None
        if error and not isinstance(error, ResponseLost):
            raise error
        try:
            answer = self._perform(operation, params)
        except SageMakerError:
            if error:
                raise error from None
            raise
        if error:
            raise error
        return answer

    def needed_of_caller(self, operation: str, params: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the actions on resources that a call's caller has to be allowed because of what exists.

        CreateEndpointConfig, KmsKeyId: "The KMS key policy must grant permission to the IAM role that you specify in
        your CreateEndpoint, UpdateEndpoint requests", which creates a grant. DG "Delete endpoints configured for
        automatic scaling": the caller deregisters the scalable targets.
        """
        config, endpoint = params.get("EndpointConfigName"), params.get("EndpointName")
        if operation in {"CreateEndpoint", "UpdateEndpoint"} and isinstance(config, str):
            with self._tables.lock:
                found = self._tables.configs.peek(config)
            key = found.request.get("KmsKeyId") if found else None
            return [("kms:CreateGrant", self._tables.arns.of_key(key))] if key else []
        if operation == "DeleteEndpoint" and isinstance(endpoint, str):
            scaling = self._tables.arns.prefix_of("application-autoscaling")
            return [
                (
                    "application-autoscaling:DeregisterScalableTarget",
                    f"{scaling}scalable-target/endpoint/{endpoint}/variant/{variant}",
                )
                for variant in sorted(self._targets.scaled_variants(endpoint))
            ]
        return []

    def stuck(self) -> list[str]:
        """Return the names of the endpoints that an ordered StuckCreating holds."""
        return self._deployments.stuck()

    def clear_faults(self) -> int:
        """Withdraw every ordered fault, let stuck endpoints go on, and return how many orders there were."""
        withdrawn = self.faults.clear()
        self._deployments.release()
        return withdrawn

    def register_training_job(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Let DescribeTrainingJob know a job that ended elsewhere. Raises `SageMakerError` for a shape it has not."""
        return self._training_jobs.register(name, fields)

    def force_status(self, endpoint_name: str, status: EndpointStatus) -> None:
        """Put an endpoint into any status, as maintenance by AWS would. Raises `SageMakerError`."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(endpoint_name)
            endpoint.status, endpoint.modified = status, self.clock.now()
            self._announcer.endpoint(endpoint)
        self._announcer.flush()

    def backdate(self, endpoint_name: str, minutes: int) -> None:
        """Let an endpoint have been made, and changed last, so much earlier. Raises `SageMakerError`."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(endpoint_name)
            endpoint.created -= timedelta(minutes=minutes)
            endpoint.modified -= timedelta(minutes=minutes)

    def reset(self) -> None:
        """Forget everything and stop every container; deployments under way stop theirs when they end."""
        self.faults.clear()
        self._components.stop_all()
        with self._tables.lock:
            containers = [endpoint.containers for endpoint in self._tables.endpoints]
            for table in self._tables.all():
                table.clear()
        self._deployments.release()
        for fleet in containers:
            stop_all(fleet)

    def _perform(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            checked = self._shapes.checked(operation, params)
            refuse_members(operation, checked)
            answer = self._operations[operation](checked)
        finally:
            self._announcer.flush()
        if operation in CAN_BE_UNSEEN:
            self._hide(operation, params)
        return answer

    def _hide(self, operation: str, params: Mapping[str, Any]) -> None:
        """Let the next reads of what was just created say that it does not exist, if that was ordered."""
        fault = self.faults.take("EventuallyConsistent", operation=operation, endpoint_name=params.get("EndpointName"))
        if fault is None:
            return
        noun = operation.removeprefix("Create")
        table: Any = {
            "Model": self._tables.models,
            "EndpointConfig": self._tables.configs,
            "Endpoint": self._tables.endpoints,
        }[noun]
        with self._tables.lock:
            record = table.peek(params[f"{noun}Name"])
            if record is not None:
                record.unseen_reads = fault.reads


TARGET_PREFIX = "SageMaker."


class Wire(JsonProtocol):
    """Answers HTTP requests as SageMaker's endpoint does."""

    def __init__(self, sagemaker: SageMaker) -> None:
        super().__init__(TARGET_PREFIX, sagemaker.call)

    def refusal(self, error: ServiceError) -> Response:
        """Return an error's response, or the beginning of an answer that was to be lost on its way."""
        if isinstance(error, ResponseLost) and error.how == "ConnectionDropped":
            return dropped()
        return super().refusal(error)


def dropped() -> Response:
    """Promise more bytes than are sent: the server then closes the connection, which is what the client sees."""
    return 200, {"Content-Type": CONTENT_TYPE, "Content-Length": "64"}, b"{"
