"""What the local SageMaker remembers of a model, an endpoint configuration and an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from slipway_local.ports import ContainerSpec, HostedContainer

EndpointStatus = Literal[
    "OutOfService", "Creating", "Updating", "SystemUpdating", "RollingBack", "InService", "Deleting", "Failed",
    "UpdateRollbackFailed",
]  # fmt: skip
VariantStatus = Literal["Creating", "ActivatingTraffic", "Baking"]
BUSY: frozenset[EndpointStatus] = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
# In use means: would lose its definition. What is failed or going away needs none any more.
NOT_LIVE: frozenset[EndpointStatus] = frozenset({"Failed", "Deleting"})
SERVING: frozenset[EndpointStatus] = frozenset(
    {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
)


@dataclass(eq=False)
class Record:
    """One resource as it was asked for; `unseen_reads` reads will still say that it does not exist."""

    name: str
    arn: str
    created: datetime
    request: Mapping[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    unseen_reads: int = 0


@dataclass(eq=False)
class Model(Record):
    """A model; `containers` are what it runs, those of a model package among them filled in from it."""

    containers: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(eq=False)
class TrainingJob(Record):
    """A training job; `request` is what DescribeTrainingJob answers."""


@dataclass(eq=False)
class ModelPackageGroup(Record):
    """A group of the Model Registry; `versions` is the highest number that a package in it ever had."""

    versions: int = 0


@dataclass(eq=False)
class ModelPackage(Record):
    """A model package; `request` is what DescribeModelPackage says of it, besides ARN, time and status."""


@dataclass(eq=False)
class EndpointConfig(Record):
    """An endpoint configuration."""


@dataclass(eq=False)
class Variant:
    """A production variant of an endpoint: what was asked for, and its weight and size now.

    `specs` are its containers, one per instance type that may be tried, first choice first. `unsupported` is
    why AWS could host it and this engine cannot. A shadow gets copies of requests, and nobody gets its answers.
    """

    request: Mapping[str, Any]
    specs: tuple[tuple[str | None, ContainerSpec], ...]
    images: tuple[str, ...]
    resolved: datetime
    desired_weight: float
    desired_count: int
    serverless: Mapping[str, Any] | None
    current_weight: float = 0.0
    current_count: int = 0
    current_serverless: Mapping[str, Any] | None = None
    instance_type: str | None = None
    unsupported: str | None = None
    is_shadow: bool = False

    @property
    def name(self) -> str:
        """VariantName."""
        return str(self.request["VariantName"])

    def settle(self) -> None:
        """Make the desired weight and size the current ones."""
        self.current_weight = self.desired_weight
        self.current_count = self.desired_count
        self.current_serverless = self.serverless


@dataclass(eq=False)
class Deployment:
    """Bringing one configuration onto one endpoint: its creation, or an update of it.

    `containers` are the new ones; `replaced` the old ones from the moment that traffic has left them.
    """

    config: EndpointConfig
    variants: list[Variant]
    is_update: bool
    started: datetime
    deployment_config: Mapping[str, Any] | None = None
    data_capture: Mapping[str, Any] | None = None
    stage: VariantStatus = "Creating"
    stage_message: str | None = None
    containers: dict[str, HostedContainer] = field(default_factory=dict)
    replaced: dict[str, HostedContainer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stage_started = self.started


@dataclass(eq=False)
class Endpoint(Record):
    """An endpoint; `containers` answer its invocations, by variant name."""

    config: EndpointConfig = field(kw_only=True)
    modified: datetime = field(kw_only=True)
    status: EndpointStatus = "Creating"
    variants: list[Variant] = field(default_factory=list)
    failure_reason: str | None = None
    data_capture: Mapping[str, Any] | None = None
    last_deployment_config: Mapping[str, Any] | None = None
    deployment: Deployment | None = None
    containers: dict[str, HostedContainer] = field(default_factory=dict)

    @property
    def configs(self) -> list[EndpointConfig]:
        """The configurations that this endpoint needs: the one in place and the one on its way."""
        pending = self.deployment
        return [self.config] if pending is None else [self.config, pending.config]
