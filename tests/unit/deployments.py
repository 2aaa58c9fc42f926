"""One deployment's way through the use cases that talk to SageMaker, step by step or at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.aws.retry import ONCE
from slipway.deployment import deployment
from slipway.deployment.plan import Plan, PlannedImage
from slipway.deployment.settings import Settings
from slipway.failure.remove_failed_deployment import Removal, RemovalServices, remove_failed_deployment
from slipway.hosting.create_endpoint import CreateEndpointOutput, HostingServices, create_endpoint
from slipway.hosting.create_endpoint_config import CreateEndpointConfigOutput, create_endpoint_config
from slipway.hosting.create_model import CreateModelOutput, create_model
from slipway.versions.in_use import VersionAws
from tests.fakes.account import FakeAlarms
from tests.fakes.inference_components import FakeInferenceComponents
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.unit.execution import artifact, execution, plan_of, planned_image

NOW = datetime.now(UTC)


class Deployment:
    """An execution `name` that was started `minutes` from now, of the archive `etag`, with input fields of its own.

    `settings` are the stack's.
    """

    def __init__(
        self, sagemaker: FakeSageMaker, name: str = "first", *, etag: str = "one", minutes: float = 0, **fields: Any
    ) -> None:
        self.sagemaker = sagemaker
        self.archives = sagemaker.archives
        self.execution = execution(name, start(minutes))
        self.artifact = artifact(etag)
        self.plan: Plan = plan_of(self.execution, **fields)
        self.settings: Settings = SETTINGS
        self.alarms = FakeAlarms()

    def context(self) -> deployment.Deployment:
        """Return what the steps are given."""
        return deployment.Deployment(self.plan, self.artifact, self.execution, self.settings)

    def model(self) -> CreateModelOutput:
        """Take the step CreateModel."""
        return create_model(self.context(), planned_image(), self.sagemaker, self.archives)

    def config(self) -> CreateEndpointConfigOutput:
        """Take the steps CreateModel and CreateEndpointConfig."""
        return create_endpoint_config(self.context(), self.model()["Models"], self.sagemaker)

    def endpoint(self) -> CreateEndpointOutput:
        """Take all steps up to CreateEndpoint."""
        return self.turn(self.config())

    def turn(self, config: CreateEndpointConfigOutput) -> CreateEndpointOutput:
        """Take the step CreateEndpoint alone."""
        name, arn = config["EndpointConfigName"], config["EndpointConfigArn"]
        return create_endpoint(self.context(), name, arn, hosting(self.sagemaker, self.alarms))

    def deploy(self) -> CreateEndpointOutput:
        """Take all steps until the endpoint is InService and bears its tags."""
        endpoint = self.endpoint()
        self.sagemaker.settle()
        if endpoint["Action"] != "Busy":
            self.sagemaker.add_tags(endpoint["EndpointArn"], endpoint["Tags"])
        return endpoint

    def remove(self, *, was_updated: bool = False) -> Removal:
        """Take one turn of the step RemoveFailedDeployment."""
        return remove(self.context(), planned_image(), self.sagemaker, was_updated=was_updated)


class Redeployment:
    """An execution that puts an existing configuration back."""

    def __init__(self, sagemaker: FakeSageMaker, config_name: str, name: str = "again", minutes: float = 5) -> None:
        self.sagemaker = sagemaker
        self.execution = execution(name, start(minutes))
        self.plan: Plan = plan_of(self.execution)
        for field in self.plan.keys() - {"EndpointName", "Trigger", "Deadline", "Tags"}:
            del self.plan[field]  # type: ignore[misc]
        self.plan["EndpointConfigName"] = config_name
        self.settings: Settings = SETTINGS
        self.alarms = FakeAlarms()

    def context(self) -> deployment.Deployment:
        """Return what the steps are given."""
        return deployment.Deployment(self.plan, None, self.execution, self.settings)

    def turn(self) -> CreateEndpointOutput:
        """Take the step CreateEndpoint."""
        name = self.plan["EndpointConfigName"]
        return create_endpoint(self.context(), name, None, hosting(self.sagemaker, self.alarms))

    def remove(self) -> Removal:
        """Take one turn of the step RemoveFailedDeployment."""
        return remove(self.context(), None, self.sagemaker)


def hosting(sagemaker: FakeSageMaker, alarms: FakeAlarms) -> HostingServices:
    """Return the services that CreateEndpoint calls."""
    return HostingServices(sagemaker, sagemaker.scaling, alarms, sagemaker.describe_execution)


def remove(
    context: deployment.Deployment, image: PlannedImage | None, sagemaker: FakeSageMaker, *, was_updated: bool = False
) -> Removal:
    """Take one turn of the step RemoveFailedDeployment."""
    versions = VersionAws(sagemaker, sagemaker.archives, sagemaker, sagemaker, ONCE)
    components = FakeInferenceComponents(sagemaker)
    aws = RemovalServices(versions, sagemaker.scaling, sagemaker.describe_execution, components)
    return remove_failed_deployment(context, image, was_updated=was_updated, aws=aws)


def start(minutes: float) -> str:
    """Return an execution's start, so many minutes from now."""
    return (NOW + timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
