"""What the local SageMaker and its runtime need from their environment, as small protocols.

The control plane (`slipway_local.sagemaker`), the runtime (`slipway_local.runtime`) and the hosting plane
(`slipway_local.hosting`) meet only here; `slipway_local.engine` is the one place that joins real objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class ModelData:
    """The model data of one container: an archive's S3 URI and, where CreateModel pinned it, the ETag it must have.

    A prefix ends with a slash: its objects are the files of the model.
    """

    s3_uri: str
    etag: str | None = None


@dataclass(frozen=True)
class ContainerSpec:
    """One container of one production variant, as CreateModel and CreateEndpointConfig described it.

    Times are seconds. `container_name` is SageMaker's own (`container_1` for a primary container). `hostname` is the
    ContainerHostname of one of several containers, or its name by position; None for a primary container.
    `additional_data` are by the name of their channel. The `model_data` of a multi-model container is its prefix,
    `caches_models` its ModelCacheSetting.
    `memory_size_in_mb` is a serverless variant's, which has no instance type. `role_arn` is the model's execution
    role, which what is done for the container is done as. `transform_job` is the job that the container serves in place
    of an endpoint, `inference_component` the component that it serves on one.
    """

    endpoint_name: str
    variant_name: str
    instance_id: str
    image: str
    model_data: ModelData | None
    environment: Mapping[str, str] = field(default_factory=dict)
    additional_data: Mapping[str, ModelData] = field(default_factory=dict)
    container_name: str = "container_1"
    hostname: str | None = None
    is_multi_model: bool = False
    caches_models: bool = True
    model_data_download_timeout: float = 3600.0
    startup_health_check_timeout: float = 480.0
    instance_type: str | None = None
    memory_size_in_mb: int | None = None
    volume_size_in_gb: int | None = None
    role_arn: str | None = None
    transform_job: str | None = None
    inference_component: str | None = None


@dataclass(frozen=True)
class Invocation:
    """One request to a container, POST /invocations in most cases, and the seconds that it may take.

    `target_container` is the ContainerHostname of one of several containers, `target_model` an archive below the prefix
    of a multi-model container, `component` an inference component. `is_chunked` sends the body in HTTP's chunked
    encoding.
    """

    body: bytes
    content_type: str | None = None
    accept: str | None = None
    custom_attributes: str | None = None
    inference_id: str | None = None
    timeout: float = 60.0
    path: str = "/invocations"
    method: str = "POST"
    is_chunked: bool = False
    target_container: str | None = None
    target_model: str | None = None
    component: str | None = None


@dataclass(frozen=True)
class Answer:
    """A container's HTTP answer: status, body, the content type and the custom attributes it declared.

    `container` is the name of the container that answered.
    """

    status: int
    body: bytes
    content_type: str
    custom_attributes: str | None = None
    container: str = "primary"


@dataclass(frozen=True)
class StreamedAnswer:
    """A container's answer whose body is still being written: `chunks` yields it as it comes.

    It raises `TimeoutError` or another `OSError` where the body does not end as it should.
    """

    status: int
    chunks: Iterator[bytes]
    content_type: str
    custom_attributes: str | None = None
    container: str = "primary"


@dataclass(frozen=True)
class Utilization:
    """What a container uses: `cpu` in percent of one core, so up to 100 for each, `memory` in percent of its own."""

    cpu: float
    memory: float


class HostingFailed(Exception):
    """The container never became healthy; the message is AWS's FailureReason for it."""


class ModelMissing(Exception):
    """The archive that a request to a multi-model container names could not be loaded; the message says why."""


class HostedContainer(Protocol):
    """A container that answered its ping."""

    def invoke(self, invocation: Invocation) -> Answer:
        """Send one request. Raises `OSError` when the process is gone, `TimeoutError` when its time is up."""

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        """Send one request and return the answer as soon as its headers are there. Raises as `invoke` does."""

    def utilization(self) -> Utilization | None:
        """Return what it has used since it was last asked; None while no process of it runs."""

    def stop(self) -> None:
        """End the process and remove its files; safe to call twice."""


class StartedContainer(HostedContainer, Protocol):
    """A container; `stand_in` is the repository of what serves in place of its image, None for the image itself."""

    stand_in: str | None


# Downloads, unpacks, starts and pings a container; blocks until it is healthy. Raises `HostingFailed`.
StartContainer = Callable[[ContainerSpec], StartedContainer]


class Clock(Protocol):
    """Time as the local SageMaker sees it."""

    def now(self) -> datetime:
        """Return the present, timezone-aware, UTC."""

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of SageMaker's time pass (real seconds times the clock scale)."""


class ScalableClock(Clock, Protocol):
    """A clock whose scale can be set while it runs."""

    @property
    def scale(self) -> float:
        """Real seconds for each of SageMaker's; `now` is real time whatever the scale."""

    @scale.setter
    def scale(self, scale: float) -> None: ...


# Publishes one event of source `aws.sagemaker` on the default bus: its detail type, its detail, its resources.
PutEvent = Callable[[str, Mapping[str, object], list[str]], None]
# Returns the state of each CloudWatch alarm that exists, by its name: OK, ALARM or INSUFFICIENT_DATA.
AlarmStates = Callable[[list[str]], Mapping[str, str]]


class ScalableTargets(Protocol):
    """Application Auto Scaling, as SageMaker asks it."""

    def scaled_variants(self, endpoint_name: str) -> frozenset[str]:
        """Return the names of an endpoint's variants that are scalable targets."""

    def deregister(self, endpoint_name: str) -> None:
        """Take an endpoint's variants off, which its deletion does."""


class Logs(Protocol):
    """CloudWatch Logs."""

    def write(self, group: str, stream: str, lines: list[str]) -> None:
        """Append lines, creating group and stream where they are missing."""

    def acting_as(self, role_arn: str | None) -> Logs:
        """Return the same logs, written as a role may write them."""


class Metrics(Protocol):
    """CloudWatch metrics."""

    def put(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], minutes_ago: int = 0
    ) -> None:
        """Publish one datum at the present minute, or at one before it."""


class ObjectMissing(Exception):
    """The bucket or the key does not exist, or the object is no longer the one with the given ETag."""


class ObjectDenied(Exception):
    """The role may not read the object."""


class ObjectStore(Protocol):
    """S3, as SageMaker reads it."""

    def head(self, s3_uri: str) -> int:
        """Return the object's size in bytes. Raises `ObjectMissing` or `ObjectDenied`."""

    def download(self, data: ModelData, path: str) -> None:
        """Write the object to a file. Raises `ObjectMissing` or `ObjectDenied`."""

    def listed(self, s3_uri: str) -> list[tuple[str, int]]:
        """Return each object below a prefix: its key without the prefix, and its size. Raises `ObjectDenied`."""

    def acting_as(self, role_arn: str | None) -> ObjectStore:
        """Return the same store, read as a role may read it; None is the account itself."""


class Roles(Protocol):
    """IAM, as SageMaker asks it."""

    def can_be_assumed(self, role_arn: str) -> bool:
        """Say whether the role exists and its trust policy lets sagemaker.amazonaws.com assume it."""

    def refusal(self, role_arn: str, needed: Sequence[tuple[str, str]]) -> str | None:
        """Return AWS's words for the first action on a resource that the role is not allowed, None for none."""


@dataclass(frozen=True)
class ServingVariant:
    """One production variant that takes traffic: its present weight and its running container.

    `instance_count` is CurrentInstanceCount, 0 for a serverless variant; one container stands for them all. A shadow
    gets copies of the production variant's requests, and its answers go nowhere. `hostnames` are those of containers
    that are invoked directly; one of them has to be named, and a model where one is a multi-model container.
    `components` are the inference components on its instances, and whether each has a copy; None where a model is
    hosted. `config_name` is the configuration of its fleet.
    """

    name: str
    weight: float
    container: HostedContainer
    instance_count: int = 1
    is_shadow: bool = False
    hostnames: tuple[str, ...] = ()
    is_multi_model: bool = False
    components: Mapping[str, bool] | None = None
    config_name: str = ""


@dataclass(frozen=True)
class AsyncHosting:
    """The AsyncInferenceConfig of an endpoint, and the execution role that reads and writes for it.

    Paths are S3 URIs, topics SNS ARNs; `include_response_in` names topics as IncludeInferenceResponseIn does.
    """

    output_path: str | None = None
    failure_path: str | None = None
    success_topic: str | None = None
    error_topic: str | None = None
    include_response_in: frozenset[str] = frozenset()
    max_at_once: int | None = None
    role_arn: str | None = None


@dataclass(frozen=True)
class Capture:
    """The DataCaptureConfig of an endpoint: an S3 URI, the percentage that is sampled, and `Input` or `Output` or both.

    Bodies of a content type in neither list are written in Base64.
    """

    destination: str
    percentage: int
    modes: frozenset[str]
    csv_types: frozenset[str] = frozenset()
    json_types: frozenset[str] = frozenset()
    role_arn: str | None = None


class Endpoints(Protocol):
    """What InvokeEndpoint asks the control plane; called from worker threads."""

    def serving(self, endpoint_name: str) -> Sequence[ServingVariant] | None:
        """Return the variants that serve the endpoint now.

        During an update these are the old ones until traffic has moved. Empty for an endpoint that exists
        and serves nothing (Creating for the first time, Failed, Deleting); None for one that does not exist.
        """

    def fleet(self) -> Mapping[str, Sequence[ServingVariant]]:
        """Return the variants of every endpoint that serves, by the endpoint's name."""

    def asynchronous(self, endpoint_name: str) -> AsyncHosting | None:
        """Return how an asynchronous endpoint is hosted; None for any other."""

    def capture(self, endpoint_name: str) -> Capture | None:
        """Return what of an endpoint's invocations is captured; None for nothing."""


class Payloads(Protocol):
    """S3, as asynchronous inference and batch transform use it."""

    def read(self, s3_uri: str) -> bytes:
        """Return an object. Raises `ObjectMissing` or `ObjectDenied`."""

    def write(self, s3_uri: str, body: bytes, content_type: str) -> None:
        """Write an object. Raises `ObjectMissing` for a bucket that is not there, or `ObjectDenied`."""

    def acting_as(self, role_arn: str | None) -> Payloads:
        """Return the same store, used as a role may use it; None is the account itself."""


@dataclass(frozen=True)
class CalledServices:
    """What the local SageMaker calls: the other services, each as it uses it, and what starts its containers."""

    start_container: StartContainer
    objects: ObjectStore
    roles: Roles
    alarm_states: AlarmStates
    targets: ScalableTargets
    put_event: PutEvent
    payloads: Payloads
    logs: Logs
    metrics: Metrics


# Publishes to an SNS topic: its ARN, the message, and the role that publishes. Raises `OSError` where SNS refuses it.
Publish = Callable[[str, str, str | None], None]
