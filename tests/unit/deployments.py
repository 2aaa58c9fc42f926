"""One deployment's way through the use cases that talk to SageMaker, step by step or at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.deployment.plan import Plan
from slipway.failure.remove_failed_deployment import Removal, RemoveFailedDeployment
from slipway.hosting.create_endpoint import CreateEndpoint
from slipway.hosting.create_endpoint_config import create_endpoint_config
from slipway.hosting.create_model import Model, create_model
from slipway.hosting.endpoint_outcome import Endpoint, EndpointConfig
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.unit.execution import IMAGE, artifact, execution, plan_of

NOW = datetime.now(UTC)


class Deployment:
    """An execution `name` that was started `minutes` from now, of the archive `etag`, with input fields of its own."""

    def __init__(
        self, sagemaker: FakeSageMaker, name: str = "first", *, etag: str = "one", minutes: float = 0, **fields: Any
    ) -> None:
        start = (NOW + timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.sagemaker = sagemaker
        self.archives = sagemaker.archives
        self.execution = execution(name, start)
        self.artifact = artifact(etag)
        self.plan: Plan = plan_of(self.execution, **fields)

    def model(self) -> Model:
        """Take the step CreateModel."""
        return create_model(self.plan, IMAGE, self.artifact, self.execution, self.sagemaker, self.archives, SETTINGS)

    def config(self) -> EndpointConfig:
        """Take the steps CreateModel and CreateEndpointConfig."""
        name = self.model()["ModelName"]
        made = create_endpoint_config(self.plan, name, self.artifact, self.execution, self.sagemaker, SETTINGS)
        return EndpointConfig(
            EndpointConfigName=made["EndpointConfigName"], EndpointConfigArn=made["EndpointConfigArn"]
        )

    def endpoint(self) -> Endpoint:
        """Take all steps up to CreateEndpoint."""
        return self.turn(self.config())

    def turn(self, config: EndpointConfig) -> Endpoint:
        """Take the step CreateEndpoint alone."""
        return CreateEndpoint(
            self.plan, config, self.artifact, self.execution, self.sagemaker, self.sagemaker.scaling, SETTINGS
        )()

    def deploy(self) -> Endpoint:
        """Take all steps until the endpoint is InService and bears its tags."""
        endpoint = self.endpoint()
        self.sagemaker.settle()
        if endpoint["Action"] != "Busy":
            self.sagemaker.add_tags(endpoint["EndpointArn"], endpoint["Tags"])
        return endpoint

    def remove(self) -> Removal:
        """Take the step RemoveFailedDeployment."""
        return RemoveFailedDeployment(
            self.plan,
            IMAGE,
            self.artifact,
            self.execution,
            self.sagemaker,
            self.sagemaker.scaling,
            self.archives,
            SETTINGS,
        )()


class Redeployment:
    """An execution that puts an existing configuration back."""

    def __init__(self, sagemaker: FakeSageMaker, config_name: str, name: str = "again", minutes: float = 5) -> None:
        start = (NOW + timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.sagemaker = sagemaker
        self.execution = execution(name, start)
        self.plan: Plan = plan_of(self.execution)
        for field in self.plan.keys() - {"EndpointName", "Trigger", "Deadline", "Tags"}:
            del self.plan[field]  # type: ignore[misc]
        self.plan["EndpointConfigName"] = config_name

    def turn(self) -> Endpoint:
        """Take the step CreateEndpoint."""
        config = EndpointConfig(EndpointConfigName=self.plan["EndpointConfigName"])
        return CreateEndpoint(
            self.plan, config, None, self.execution, self.sagemaker, self.sagemaker.scaling, SETTINGS
        )()

    def remove(self) -> Removal:
        """Take the step RemoveFailedDeployment."""
        return RemoveFailedDeployment(
            self.plan,
            None,
            None,
            self.execution,
            self.sagemaker,
            self.sagemaker.scaling,
            self.sagemaker.archives,
            SETTINGS,
        )()
