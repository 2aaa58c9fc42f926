"""The resources of one account in one region: records, tables and the ARNs of both."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from slipway_local.ports import ContainerSpec, HostedContainer
from slipway_local.sagemaker.errors import already_existing, not_found


def partition_of(region: str) -> str:
    """Return the ARN partition of a region: `aws`, `aws-cn` or `aws-us-gov`."""
    for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region.startswith(prefix):
            return partition
    return "aws"


@dataclass(frozen=True)
class Arns:
    """Makes and takes apart the ARNs of SageMaker resources."""

    region: str
    account_id: str

    @property
    def prefix(self) -> str:
        """Everything before `<kind>/<name>`."""
        return self.prefix_of("sagemaker")

    def prefix_of(self, service: str) -> str:
        """Return the beginning of the ARNs of a service's resources."""
        return f"arn:{partition_of(self.region)}:{service}:{self.region}:{self.account_id}:"

    def of_key(self, key_id: str) -> str:
        """Return the ARN of a KMS key, or of an alias of one."""
        if key_id.startswith("arn:"):
            return key_id
        return self.prefix_of("kms") + (key_id if key_id.startswith("alias/") else f"key/{key_id}")

    def of(self, kind: str, name: str) -> str:
        """Return the ARN; `kind` is its own segment (`model`, `endpoint-config`, `endpoint`)."""
        return f"{self.prefix}{kind}/{name}"

    def parse(self, arn: str) -> tuple[str, str] | None:
        """Return (kind, name), or None for an ARN of another account, region or service."""
        if not arn.startswith(self.prefix):
            return None
        kind, _, name = arn.removeprefix(self.prefix).partition("/")
        return kind, name


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

    modified: datetime = field(kw_only=True)

    @property
    def status(self) -> str:
        """TrainingJobStatus."""
        return str(self.request["TrainingJobStatus"])


TransformJobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]


@dataclass(eq=False)
class TransformJob(Record):
    """A batch transform job; `started` and `ended` are TransformStartTime and TransformEndTime."""

    modified: datetime = field(kw_only=True)
    status: TransformJobStatus = "InProgress"
    failure_reason: str | None = None
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(eq=False)
class ModelPackageGroup(Record):
    """A group of the Model Registry; `versions` is the highest number that a package in it ever had."""

    versions: int = 0


@dataclass(eq=False)
class ModelPackage(Record):
    """A model package; `request` is what DescribeModelPackage says of it, without ARN, times and status.

    `client_token` is that of the request that created it; `modified` is None until its first update.
    """

    client_token: str | None = None
    modified: datetime | None = None

    @property
    def group_name(self) -> str | None:
        """The group that the version belongs to; None for a package without versions."""
        return self.request.get("ModelPackageGroupName")


@dataclass(eq=False)
class EndpointConfig(Record):
    """An endpoint configuration."""


@dataclass(frozen=True)
class Choice:
    """An instance type that may be tried, and the containers of the model that runs on it."""

    instance_type: str | None
    containers: tuple[ContainerSpec, ...]
    is_direct: bool = False

    @property
    def role_arn(self) -> str | None:
        """The execution role of the model."""
        return self.containers[0].role_arn if self.containers else None

    @property
    def hostnames(self) -> tuple[str, ...]:
        """The names by which its containers are invoked directly."""
        return tuple(str(spec.hostname) for spec in self.containers) if self.is_direct else ()

    @property
    def is_multi_model(self) -> bool:
        """Say whether a request has to name a model."""
        return any(spec.is_multi_model for spec in self.containers)


@dataclass(eq=False)
class Variant:
    """A production variant of an endpoint: what was asked for, and its weight and size now.

    `choices` are what may be tried, first choice first, and `chosen` what was started. `unsupported` is why AWS could
    host it and this engine cannot. `stand_ins` are the repositories of what serves in place of images. A shadow gets
    copies of requests, and its answers are dropped.
    """

    request: Mapping[str, Any]
    choices: tuple[Choice, ...]
    images: tuple[str, ...]
    resolved: datetime
    desired_weight: float
    desired_count: int
    serverless: Mapping[str, Any] | None
    current_weight: float = 0.0
    current_count: int = 0
    current_serverless: Mapping[str, Any] | None = None
    chosen: Choice | None = None
    stand_ins: dict[str, str] = field(default_factory=dict)
    unsupported: str | None = None
    is_shadow: bool = False

    @property
    def name(self) -> str:
        """VariantName."""
        return str(self.request["VariantName"])

    @property
    def instance_type(self) -> str | None:
        """The instance type that was started."""
        return self.chosen.instance_type if self.chosen else None

    @property
    def hostnames(self) -> tuple[str, ...]:
        """The names by which its containers are invoked directly."""
        return self.chosen.hostnames if self.chosen else ()

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


InferenceComponentStatus = Literal["InService", "Creating", "Updating", "Failed", "Deleting"]


@dataclass(eq=False)
class InferenceComponent(Record):
    """A model on the instances of a variant; `request` has EndpointName, VariantName and the Specification that serves.

    `container` serves all its copies; None where there are none.
    """

    modified: datetime = field(kw_only=True)
    copies: int = 1
    current_copies: int = 0
    status: InferenceComponentStatus = "Creating"
    failure_reason: str | None = None
    container: HostedContainer | None = None


def model_data_uri(container: Mapping[str, Any]) -> str | None:
    """Return the s3:// address of a container's model data, None where it has none."""
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    uri: str | None = container.get("ModelDataUrl") or source.get("S3Uri")
    return uri


def models_of_config(config: EndpointConfig) -> set[str]:
    """Return the names of every model that a configuration may start."""
    names: set[str] = set()
    for variant in [*config.request["ProductionVariants"], *config.request.get("ShadowProductionVariants", [])]:
        names.update(variant[name] for name in ("ModelName",) if name in variant)
        names.update(p["ModelNameOverride"] for p in variant.get("InstancePools", []) if "ModelNameOverride" in p)
    return names


R = TypeVar("R", bound=Record)


class Table(Generic[R]):
    """All resources of one kind: `kind` is the ARN's segment, `noun` AWS's word for it in messages.

    Not locked: callers hold `Tables.lock`.
    """

    def __init__(self, arns: Arns, kind: str, noun: str) -> None:
        self._arns = arns
        self._records: dict[str, R] = {}
        self.kind = kind
        self.noun = noun

    def arn(self, name: str) -> str:
        """Return the ARN that this name has or would have."""
        return self._arns.of(self.kind, name)

    def refuse_existing(self, name: str) -> None:
        """Raise `SageMakerError` if the name is taken, seen or unseen."""
        if name in self._records:
            raise already_existing(self.noun, self.arn(name))

    def add(self, record: R) -> None:
        """Keep a new record. Raises `SageMakerError` if its name is taken."""
        self.refuse_existing(record.name)
        self._records[record.name] = record

    def find(self, name: str) -> R:
        """Return the record as a caller's read sees it; counts down a record's unseen reads.

        Raises `SageMakerError` (`Could not find ...`).
        """
        record = self._records.get(name)
        if record is not None and record.unseen_reads == 0:
            return record
        if record is not None:
            record.unseen_reads -= 1
        raise not_found(self.noun, self.arn(name))

    def peek(self, name: str) -> R | None:
        """Return the record whether or not callers may see it yet."""
        return self._records.get(name)

    def remove(self, name: str) -> None:
        """Forget a record; unknown names are fine."""
        self._records.pop(name, None)

    def seen(self) -> list[R]:
        """Return the records that a listing shows."""
        return [record for record in self._records.values() if record.unseen_reads == 0]

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._records.values()))

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()


@dataclass
class Tables:
    """All tables and the one lock that guards them."""

    arns: Arns
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.models: Table[Model] = Table(self.arns, "model", "model")
        self.configs: Table[EndpointConfig] = Table(self.arns, "endpoint-config", "endpoint configuration")
        self.endpoints: Table[Endpoint] = Table(self.arns, "endpoint", "endpoint")
        self.components: Table[InferenceComponent] = Table(self.arns, "inference-component", "inference component")
        self.training_jobs: Table[TrainingJob] = Table(self.arns, "training-job", "training job")
        self.transform_jobs: Table[TransformJob] = Table(self.arns, "transform-job", "transform job")
        self.package_groups: Table[ModelPackageGroup] = Table(self.arns, "model-package-group", "model package group")
        self.model_packages: Table[ModelPackage] = Table(self.arns, "model-package", "model package")

    def all(self) -> list[Table[Any]]:
        """Return every table."""
        return [table for table in vars(self).values() if isinstance(table, Table)]

    def running_components(self, endpoint_name: str, variant_name: str) -> dict[str, HostedContainer | None]:
        """Return the inference components of a variant that may be invoked; None for one without copies."""
        with self.lock:
            return {
                one.name: one.container
                for one in self.components
                if one.status in ("InService", "Updating")
                and (one.request["EndpointName"], one.request["VariantName"]) == (endpoint_name, variant_name)
            }
