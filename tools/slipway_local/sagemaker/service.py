"""The control plane as one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from slipway_local.ports import Alarms, Events, Hosting, ObjectStore, Roles, ScalableClock
from slipway_local.sagemaker.announcements import Announcer
from slipway_local.sagemaker.arns import Arns
from slipway_local.sagemaker.background import Executor, in_thread
from slipway_local.sagemaker.containers import stop_all
from slipway_local.sagemaker.deployments import Deployments, World
from slipway_local.sagemaker.endpoint_changes import EndpointChanges
from slipway_local.sagemaker.endpoint_configs import EndpointConfigs
from slipway_local.sagemaker.endpoints import Endpoints
from slipway_local.sagemaker.errors import ResponseLost, SageMakerError
from slipway_local.sagemaker.fault_texts import CallFaults
from slipway_local.sagemaker.faults import CALL_KINDS, CAN_BE_UNSEEN, Faults
from slipway_local.sagemaker.hosted_endpoints import HostedEndpoints
from slipway_local.sagemaker.model_packages import ModelPackages
from slipway_local.sagemaker.models import Models
from slipway_local.sagemaker.records import EndpointStatus
from slipway_local.sagemaker.rollback import NoAlarms
from slipway_local.sagemaker.settings import Settings
from slipway_local.sagemaker.shapes import RequestShapes
from slipway_local.sagemaker.tables import Tables
from slipway_local.sagemaker.tags import Tagging
from slipway_local.sagemaker.training_jobs import TrainingJobs

Operation = Callable[[Mapping[str, Any]], dict[str, Any]]


class SageMaker:
    """SageMaker's hosting API for one account in one region; every method may be called from any thread."""

    def __init__(
        self,
        *,
        region: str,
        account_id: str,
        clock: ScalableClock,
        hosting: Hosting,
        objects: ObjectStore,
        roles: Roles,
        events: Events,
        executor: Executor = in_thread,
        settings: Settings | None = None,
        alarms: Alarms | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.faults = Faults()
        self.clock = clock
        self._tables = Tables(Arns(region, account_id))
        self._announcer = Announcer(events)
        self._shapes = RequestShapes()
        self._call_faults = CallFaults(self._tables)
        known = alarms or NoAlarms()
        world = World(hosting, clock, self.settings, self.faults, self._announcer, executor, known)
        self.hosted = HostedEndpoints(self._tables)
        self.tagging = Tagging(self._tables)
        self._training_jobs = TrainingJobs(self._tables, clock, self._shapes)
        self._deployments = Deployments(self._tables, world)
        self._operations = self._all_operations(world, objects, roles)

    def _all_operations(self, world: World, objects: ObjectStore, roles: Roles) -> dict[str, Operation]:
        models = Models(self._tables, world.clock, objects, roles, self.settings)
        configs = EndpointConfigs(self._tables, world.clock, self.settings)
        endpoints = Endpoints(self._tables, world, self._deployments)
        changes = EndpointChanges(self._tables, world)
        packages = ModelPackages(self._tables, world.clock)
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
            "DescribeTrainingJob": self._training_jobs.describe_training_job,
            "CreateModelPackageGroup": packages.create_model_package_group,
            "CreateModelPackage": packages.create_model_package,
            "DescribeModelPackage": packages.describe_model_package,
            "UpdateModelPackage": packages.update_model_package,
            "DeleteModelPackage": packages.delete_model_package,
            "AddTags": self.tagging.add_tags,
            "ListTags": self.tagging.list_tags,
            "DeleteTags": self.tagging.delete_tags,
        }

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
                f'The local SageMaker has no operation "{operation}"; it has {", ".join(self.operations)}.',
                404,
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

    def age(self, endpoint_name: str, minutes: int) -> None:
        """Let an endpoint have been made, and changed last, so much earlier. Raises `SageMakerError`."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(endpoint_name)
            endpoint.created -= timedelta(minutes=minutes)
            endpoint.modified -= timedelta(minutes=minutes)

    def reset(self) -> None:
        """Forget everything and stop every container; deployments under way stop theirs when they end."""
        self.faults.clear()
        with self._tables.lock:
            containers = [endpoint.containers for endpoint in self._tables.endpoints]
            for table in self._tables.all():
                table.clear()
        self._deployments.release()
        for fleet in containers:
            stop_all(fleet)

    def _perform(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._operations[operation](self._shapes.checked(operation, params))
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
