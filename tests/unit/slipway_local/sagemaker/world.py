"""A SageMaker whose every surrounding is a fake, and whose background work runs when a test says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.slipway_local.runtime.doubles import RecordedMetrics

from slipway_local.ports import (
    Answer,
    CalledServices,
    ContainerSpec,
    Invocation,
    ModelData,
    ObjectMissing,
    StreamedAnswer,
    Utilization,
)
from slipway_local.sagemaker import SageMaker, SageMakerError, Settings
from slipway_local.sagemaker.models import Arns

REGION = "eu-west-1"
ACCOUNT = "111122223333"
IMAGE = f"685385470294.dkr.ecr.{REGION}.amazonaws.com/object-detection:1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/hosting"
PREFIX = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:"
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 20,
    "DestinationS3Uri": "s3://captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Time that passes only by sleeping, at once."""

    scale: float = 1.0
    time: datetime = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds * self.scale)


@dataclass(eq=False)
class FakeContainer:
    spec: ContainerSpec
    stand_in: str | None = None
    stopped: bool = False
    stop_fails: bool = False

    def invoke(self, invocation: Invocation) -> Answer:
        return Answer(200, invocation.body, "text/plain")

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        return StreamedAnswer(200, iter([invocation.body]), "text/plain")

    def utilization(self) -> Utilization:
        return Utilization(0.0, 0.0)

    def stop(self) -> None:
        self.stopped = True
        if self.stop_fails:
            raise OSError("no such process")


@dataclass
class FakeHosting:
    """`failures` are raised by the next starts, one each; a start takes `seconds`."""

    clock: Any
    seconds: float = 0.0
    failures: list[Exception] = field(default_factory=list)
    started: list[FakeContainer] = field(default_factory=list)
    stand_in: str | None = None

    def start(self, spec: ContainerSpec) -> FakeContainer:
        if self.seconds:
            self.clock.time += timedelta(seconds=self.seconds)
        if self.failures:
            raise self.failures.pop(0)
        self.started.append(FakeContainer(spec, self.stand_in))
        return self.started[-1]

    @property
    def running(self) -> list[str]:
        """The model data of every container that was not stopped."""
        live = [c.spec.model_data for c in self.started if not c.stopped]
        return [data.s3_uri if data else "" for data in live]


@dataclass
class FakePayloads:
    """Objects by URI."""

    stored: dict[str, bytes] = field(default_factory=dict)

    def read(self, s3_uri: str) -> bytes:
        if s3_uri not in self.stored:
            raise ObjectMissing(s3_uri)
        return self.stored[s3_uri]

    def write(self, s3_uri: str, body: bytes, content_type: str) -> None:
        self.stored[s3_uri] = body

    def acting_as(self, role_arn: str | None) -> FakePayloads:
        return self


@dataclass
class FakeObjects:
    payloads: FakePayloads
    missing: set[str] = field(default_factory=set)

    def head(self, s3_uri: str) -> int:
        assert s3_uri.startswith("s3://")
        if s3_uri in self.missing:
            raise ObjectMissing(s3_uri)
        return 1

    def download(self, data: ModelData, path: str) -> None:
        raise AssertionError("the control plane never downloads")

    def listed(self, s3_uri: str) -> list[tuple[str, int]]:
        found = sorted(uri for uri in self.payloads.stored if uri.startswith(s3_uri))
        return [(uri.removeprefix(s3_uri), len(self.payloads.stored[uri])) for uri in found]

    def acting_as(self, role_arn: str | None) -> FakeObjects:
        return self


@dataclass
class FakeLogs:
    """Lines by group and stream."""

    written: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def write(self, group: str, stream: str, lines: list[str]) -> None:
        self.written.setdefault((group, stream), []).extend(lines)

    def acting_as(self, role_arn: str | None) -> FakeLogs:
        return self


@dataclass
class FakeRoles:
    """`denied` are the actions that no role is allowed."""

    unknown: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)

    def refusal(self, role_arn: str, needed: Sequence[tuple[str, str]]) -> str | None:
        return next((f"not authorized: {action} on {on}" for action, on in needed if action in self.denied), None)

    def can_be_assumed(self, role_arn: str) -> bool:
        return role_arn not in self.unknown


@dataclass
class FakeAlarms:
    """`ringing` are in ALARM, `missing` do not exist; `asked` is how often that was read."""

    ringing: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    asked: int = 0

    def states(self, names: list[str]) -> dict[str, str]:
        self.asked += 1
        return {name: "ALARM" if name in self.ringing else "OK" for name in names if name not in self.missing}


@dataclass
class FakeTargets:
    """`scaled` are the variants of each endpoint that are scalable targets."""

    scaled: dict[str, set[str]] = field(default_factory=dict)

    def scaled_variants(self, endpoint_name: str) -> frozenset[str]:
        return frozenset(self.scaled.get(endpoint_name, ()))

    def deregister(self, endpoint_name: str) -> None:
        self.scaled.pop(endpoint_name, None)


@dataclass
class FakeEvents:
    sent: list[tuple[str, Mapping[str, Any], list[str]]] = field(default_factory=list)
    broken: bool = False

    def put(self, detail_type: str, detail: Mapping[str, Any], resources: list[str]) -> None:
        if self.broken:
            raise OSError("the bus is down")
        self.sent.append((detail_type, detail, resources))

    def statuses(self) -> list[str]:
        """EndpointStatus of every state change event, in order."""
        return [d["EndpointStatus"] for kind, d, _ in self.sent if kind == "SageMaker Endpoint State Change"]


class World:
    """The fakes, the SageMaker between them, and short words for what tests do all the time."""

    def __init__(
        self, settings: Settings | None = None, clock: Any = None, executor: Any = None, region: str = REGION
    ) -> None:
        self.clock = clock or FakeClock()
        self.hosting = FakeHosting(self.clock)
        self.payloads = FakePayloads()
        self.objects = FakeObjects(self.payloads)
        self.roles = FakeRoles()
        self.events = FakeEvents()
        self.alarms = FakeAlarms()
        self.targets = FakeTargets()
        self.logs = FakeLogs()
        self.metrics = RecordedMetrics()
        self.jobs: deque[Callable[[], None]] = deque()
        services = CalledServices(
            lambda spec: self.hosting.start(spec),  # noqa: PLW0108 - a test may replace `start` later
            self.objects,
            self.roles,
            self.alarms.states,
            self.targets,
            self.events.put,
            self.payloads,
            self.logs,
            self.metrics,
        )
        self.sagemaker = SageMaker(Arns(region, ACCOUNT), self.clock, services, settings, executor or self.jobs.append)

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.sagemaker.call(operation, params)

    def finish(self) -> None:
        """Run all background work."""
        while self.jobs:
            self.jobs.popleft()()

    def model(self, name: str = "model-1", **fields: Any) -> str:
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://models/{name}.tar.gz"}
        request = {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": ROLE} | fields
        return str(self.call("CreateModel", **request)["ModelArn"])

    def config(self, name: str = "config-1", *variants: dict[str, Any], **fields: Any) -> str:
        request = {"EndpointConfigName": name, "ProductionVariants": list(variants) or [variant()]} | fields
        return str(self.call("CreateEndpointConfig", **request)["EndpointConfigArn"])

    def endpoint(self, name: str = "endpoint-1", config: str = "config-1", **fields: Any) -> None:
        """Create an endpoint, which is then Creating."""
        self.call("CreateEndpoint", EndpointName=name, EndpointConfigName=config, **fields)

    def create(self, *variants: dict[str, Any], **fields: Any) -> None:
        """Create endpoint-1 with config-1 of model-1; `fields` belong to the configuration."""
        self.model()
        self.config("config-1", *variants, **fields)
        self.endpoint()

    def in_service(self, *variants: dict[str, Any], **fields: Any) -> None:
        """Create endpoint-1 and bring it InService."""
        self.create(*variants, **fields)
        self.finish()
        assert self.describe()["EndpointStatus"] == "InService"

    def second_config(self, *variants: dict[str, Any], **fields: Any) -> None:
        """Make model-2 and config-2."""
        self.model("model-2")
        self.config("config-2", *(variants or [variant(model="model-2")]), **fields)

    def update(self, config: str = "config-2", **fields: Any) -> None:
        self.call("UpdateEndpoint", EndpointName="endpoint-1", EndpointConfigName=config, **fields)

    def updating(self, count: int = 1, **fields: Any) -> None:
        """Begin an update of endpoint-1, with so many instances, from config-1 to config-2."""
        self.in_service(variant(InitialInstanceCount=count))
        self.second_config(variant(model="model-2", InitialInstanceCount=count))
        self.update(**fields)

    def rescale(self, *changes: dict[str, Any]) -> None:
        """Begin a change of endpoint-1's weights and capacities."""
        self.call(
            "UpdateEndpointWeightsAndCapacities", EndpointName="endpoint-1", DesiredWeightsAndCapacities=list(changes)
        )

    def describe(self, name: str = "endpoint-1") -> dict[str, Any]:
        return self.call("DescribeEndpoint", EndpointName=name)

    def refusal(self, operation: str, **params: Any) -> SageMakerError:
        """Return the error that a call ends in."""
        with pytest.raises(SageMakerError) as caught:
            self.call(operation, **params)
        return caught.value

    def refused(self, operation: str, **params: Any) -> str:
        """Return the text of the ValidationException that a call ends in."""
        error = self.refusal(operation, **params)
        assert (error.code, error.status) == ("ValidationException", 400), error
        return error.message


def variant(name: str = "AllTraffic", model: str = "model-1", **fields: Any) -> dict[str, Any]:
    """Return a ProductionVariant on one ml.m5.xlarge unless `fields` host it otherwise."""
    hosting: dict[str, Any] = {"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    if fields.keys() & {"ServerlessConfig", "InstancePools"}:
        hosting = {"InitialInstanceCount": 1} if "InstancePools" in fields else {}
    return {"VariantName": name, "ModelName": model} | hosting | fields
