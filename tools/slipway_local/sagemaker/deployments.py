"""Brings configurations onto endpoints: Creating and Updating until InService, Failed or rolled back.

One process serves a variant, however many instances DescribeEndpoint counts. Updates are blue/green: the old
containers answer until the new ones are healthy and traffic has moved, and only then are they stopped.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from slipway_local.ports import (
    AlarmStates,
    CalledServices,
    ContainerSpec,
    HostedContainer,
    HostingFailed,
    ModelData,
    ScalableClock,
    ServingVariant,
)
from slipway_local.sagemaker.events import Announcer
from slipway_local.sagemaker.faults.orders import Faults
from slipway_local.sagemaker.faults.texts import NO_CAPACITY, ping_failed
from slipway_local.sagemaker.models import (
    SERVING,
    Choice,
    Deployment,
    Endpoint,
    EndpointConfig,
    Model,
    Tables,
    Variant,
    VariantStatus,
    model_data_uri,
)
from slipway_local.sagemaker.settings import Settings
from slipway_local.sagemaker.several_containers import ComponentContainers, start_containers
from slipway_local.sagemaker.validation.deployment_config import is_ignored, shifting_seconds

logger = logging.getLogger(__name__)
MAX_REASON = 1024


@dataclass(frozen=True)
class Dependencies:
    """What background work needs in addition to the tables."""

    services: CalledServices
    clock: ScalableClock
    settings: Settings
    faults: Faults
    announcer: Announcer
    executor: Executor


class Deployments:
    """Runs deployments in the background."""

    def __init__(self, tables: Tables, dependencies: Dependencies) -> None:
        self._tables = tables
        self._dependencies = dependencies
        self._stuck: list[tuple[Endpoint, Deployment]] = []

    def begin(self, endpoint: Endpoint, deployment: Deployment) -> None:
        """Start a creation or an update; the caller holds the lock and has made the endpoint busy."""
        endpoint.deployment = deployment
        self._dependencies.announcer.endpoint(endpoint)
        if deployment.is_update:
            self._dependencies.announcer.deployment(endpoint, deployment)
        self._submit(endpoint, deployment)

    def stuck(self) -> list[str]:
        """Return the names of the endpoints that stay as they are until `release`."""
        with self._tables.lock:
            return [endpoint.name for endpoint, _ in self._stuck]

    def release(self) -> None:
        """Let stuck deployments go on."""
        with self._tables.lock:
            stuck, self._stuck = self._stuck, []
        for endpoint, deployment in stuck:
            self._submit(endpoint, deployment)

    def _submit(self, endpoint: Endpoint, deployment: Deployment) -> None:
        self._dependencies.executor(lambda: self._run(endpoint, deployment))

    def _run(self, endpoint: Endpoint, deployment: Deployment) -> None:
        try:
            self._deploy(endpoint, deployment)
        except HostingFailed as error:
            self._end_badly(endpoint, deployment, str(error))
        except Exception as error:  # a bug: it must show on the endpoint, not vanish with the thread
            logger.exception("the deployment of %s broke", endpoint.name)
            reason = f"Internal error of the local SageMaker: {type(error).__name__}: {error}"
            self._end_badly(endpoint, deployment, reason)
        finally:
            self._dependencies.announcer.flush()

    def _deploy(self, endpoint: Endpoint, deployment: Deployment) -> None:
        faults, name = self._dependencies.faults, endpoint.name
        with self._tables.lock:
            if not self._wanted(endpoint, deployment):
                return
        if faults.take("StuckCreating", endpoint_name=name):
            with self._tables.lock:
                self._stuck.append((endpoint, deployment))
            return
        started = self._dependencies.clock.now()
        if deployment.is_update and faults.take("SilentRollback", endpoint_name=name):
            self._wait_for_creation(started)
            self._end_badly(endpoint, deployment, None)
            return
        try:
            for variant in deployment.variants:
                deployment.containers[variant.name] = self._start(endpoint, variant)
        finally:
            self._wait_for_creation(started)
        self._move_traffic(endpoint, deployment)
        self._end_well(endpoint, deployment)

    def _start(self, endpoint: Endpoint, variant: Variant) -> HostedContainer:
        """Start a variant's container on the first instance type that has capacity."""
        if variant.unsupported:
            raise HostingFailed(variant.unsupported)
        faults, no_capacity = self._dependencies.faults, NO_CAPACITY
        for choice in variant.choices:
            instance_type = choice.instance_type
            if fault := faults.take("NoCapacity", endpoint_name=endpoint.name, instance_type=instance_type):
                no_capacity = fault.message or NO_CAPACITY
                continue
            if fault := faults.take("PingFailed", endpoint_name=endpoint.name, instance_type=instance_type):
                raise HostingFailed(fault.message or ping_failed(variant.name))
            variant.chosen = choice
            if not choice.containers:
                return ComponentContainers(partial(self._tables.running_components, endpoint.name, variant.name))
            return start_containers(choice.containers, partial(self._start_container, variant), choice.is_direct)
        raise HostingFailed(no_capacity)

    def _start_container(self, variant: Variant, spec: ContainerSpec) -> HostedContainer:
        container = self._dependencies.services.start_container(spec)
        if container.stand_in:
            variant.stand_ins[spec.image] = container.stand_in
        return container

    def _wait_for_creation(self, started: datetime) -> None:
        """Wait until `creation_seconds` of SageMaker's time have passed since `started`."""
        wait_since(started, self._dependencies.settings.creation_seconds, self._dependencies.clock)

    def _move_traffic(self, endpoint: Endpoint, deployment: Deployment) -> None:
        """Let the waits of the DeploymentConfig pass, moving traffic to the new containers between them."""
        requests = [variant.request for variant in deployment.variants]
        given = None if is_ignored(requests) else deployment.deployment_config
        shifting, baking = shifting_seconds(given, requests)
        config = given if deployment.is_update else None
        creation = self._dependencies.settings.creation_seconds
        rollback = Rollback(config, self._dependencies.services.alarm_states, creation, self._dependencies.clock.sleep)
        self._enter(endpoint, deployment, "ActivatingTraffic", shifting, rollback)
        with self._tables.lock:
            if self._wanted(endpoint, deployment):
                deployment.replaced, endpoint.containers = endpoint.containers, deployment.containers
        self._enter(endpoint, deployment, "Baking", baking, rollback)

    def _enter(
        self, endpoint: Endpoint, deployment: Deployment, stage: VariantStatus, seconds: float, rollback: Rollback
    ) -> None:
        if seconds <= 0:
            rollback.check()
            return
        with self._tables.lock:
            deployment.stage, deployment.stage_started = stage, self._dependencies.clock.now()
            deployment.stage_message = f"{stage} for {seconds:g} seconds."
            if deployment.is_update:
                self._dependencies.announcer.deployment(endpoint, deployment)
        self._dependencies.announcer.flush()
        rollback.wait(seconds)

    def _wanted(self, endpoint: Endpoint, deployment: Deployment) -> bool:
        """Say whether the endpoint still exists and waits for this deployment (a reset ends both)."""
        known = self._tables.endpoints.peek(endpoint.name)
        return known is endpoint and endpoint.deployment is deployment

    def _end_well(self, endpoint: Endpoint, deployment: Deployment) -> None:
        with self._tables.lock:
            superfluous = [deployment.replaced]
            if self._wanted(endpoint, deployment):
                for variant in deployment.variants:
                    variant.settle()
                endpoint.config, endpoint.variants = deployment.config, deployment.variants
                endpoint.data_capture = deployment.data_capture
                endpoint.last_deployment_config = deployment.deployment_config
                endpoint.status, endpoint.failure_reason = "InService", None
                self._close(endpoint)
            else:
                superfluous.append(deployment.containers)
        for fleet in superfluous:
            stop_all(fleet)

    def _end_badly(self, endpoint: Endpoint, deployment: Deployment, reason: str | None) -> None:
        """End a creation as Failed; put an update back to InService with what it had before."""
        superfluous = [deployment.containers]
        with self._tables.lock:
            if self._wanted(endpoint, deployment):
                if deployment.replaced:
                    endpoint.containers = deployment.replaced
                endpoint.status = "InService" if deployment.is_update else "Failed"
                endpoint.failure_reason = reason[:MAX_REASON] if reason else None
                self._close(endpoint)
            else:
                superfluous.append(deployment.replaced)
        for fleet in superfluous:
            stop_all(fleet)

    def _close(self, endpoint: Endpoint) -> None:
        endpoint.deployment = None
        endpoint.modified = self._dependencies.clock.now()
        self._dependencies.announcer.endpoint(endpoint)


def wait_since(started: datetime, seconds: float, clock: ScalableClock) -> None:
    """Wait until so many seconds of SageMaker's time have passed since `started`.

    The clock's `now` is real time, so what has passed is divided by the scale first.
    """
    if clock.scale <= 0:
        return
    passed = (clock.now() - started).total_seconds() / clock.scale
    clock.sleep(max(0.0, seconds - passed))


ALARM_PERIOD = 60.0  # seconds of SageMaker's clock: alarms are evaluated each minute
LIMIT = "MaximumExecutionTimeoutInSeconds"

Sleep = Callable[[float], None]


def alarm_names(config: Mapping[str, Any]) -> list[str]:
    """Return the names of the alarms of a DeploymentConfig."""
    return [alarm["AlarmName"] for alarm in config.get("AutoRollbackConfiguration", {}).get("Alarms", [])]


class Rollback:
    """Watches one update.

    Its time is what is accounted for, CreationSeconds and the waits, and not what has passed: on a scaled clock, the
    second that a container really takes would be many minutes.
    """

    def __init__(self, config: Mapping[str, Any] | None, alarm_states: AlarmStates, spent: float, sleep: Sleep) -> None:
        config = config or {}
        policy = config.get("BlueGreenUpdatePolicy") or config.get("RollingUpdatePolicy") or {}
        self._names = alarm_names(config)
        self._limit = policy.get(LIMIT)
        self._alarm_states = alarm_states
        self._spent = spent
        self._sleep = sleep

    def wait(self, seconds: float) -> None:
        """Let a stage of the update pass. Raises `HostingFailed` with the reason to roll back."""
        self.check()
        while seconds > 0:
            step = min(seconds, ALARM_PERIOD) if self._names else seconds
            self._sleep(step)
            self._spent += step
            seconds -= step
            self.check()

    def check(self) -> None:
        """Raise `HostingFailed` if there is a reason to roll back."""
        if self._limit is not None and self._spent > self._limit:
            raise HostingFailed(f"The deployment was rolled back: it took longer than {LIMIT} ({self._limit}).")
        states = self._alarm_states(self._names) if self._names else {}
        ringing = [name for name, state in states.items() if state == "ALARM"]
        if ringing:
            raise HostingFailed(f"The deployment was rolled back: in ALARM are {', '.join(sorted(ringing))}.")


@dataclass(frozen=True)
class Retained:
    """What an update keeps of the old variants (RetainAllVariantProperties less what it excludes)."""

    weights: bool = False
    counts: bool = False
    data_capture: bool = False


def retained_of(params: Mapping[str, Any]) -> Retained:
    """Read the two Retain fields of an UpdateEndpoint request."""
    if not params.get("RetainAllVariantProperties", False):
        return Retained()
    excluded = {item["VariantPropertyType"] for item in params.get("ExcludeRetainedVariantProperties", [])}
    return Retained(
        weights="DesiredWeight" not in excluded,
        counts="DesiredInstanceCount" not in excluded,
        data_capture="DataCaptureConfig" not in excluded,
    )


def variants_of(tables: Tables, endpoint_name: str, config: EndpointConfig, now: datetime) -> list[Variant]:
    """Return the variants of a configuration, nothing started yet. Raises `SageMakerError` for a missing model."""
    production = [_variant(tables, endpoint_name, request, now) for request in config.request["ProductionVariants"]]
    shadows = config.request.get("ShadowProductionVariants", [])
    return production + [replace(_variant(tables, endpoint_name, each, now), is_shadow=True) for each in shadows]


def retain(variants: list[Variant], endpoint: Endpoint, kept: Retained) -> None:
    """Give new variants the desired weight and size of the old ones of the same name."""
    old = {variant.name: variant for variant in endpoint.variants}
    for variant in variants:
        if variant.name not in old:
            continue
        if kept.weights:
            variant.desired_weight = old[variant.name].desired_weight
        if kept.counts:
            variant.desired_count = old[variant.name].desired_count


def _variant(tables: Tables, endpoint_name: str, request: Mapping[str, Any], now: datetime) -> Variant:
    if "ModelName" not in request:
        return _of_components(request, now)
    instance_id = f"i-{uuid.uuid4().hex[:17]}"
    tried = [(instance_type, tables.models.find(model_name)) for instance_type, model_name in _choices(request)]
    choices = tuple(choice_of(endpoint_name, request, instance_id, model, type_) for type_, model in tried)
    serverless = request.get("ServerlessConfig")
    return Variant(
        request=request,
        choices=choices,
        images=tuple(c["Image"] for c in tried[0][1].containers),
        resolved=now,
        desired_weight=float(request.get("InitialVariantWeight", 1.0)),
        desired_count=0 if serverless else request["InitialInstanceCount"],
        serverless=serverless,
        unsupported=next(filter(None, (_unhostable(model) for _, model in tried)), None),
    )


def _of_components(request: Mapping[str, Any], now: datetime) -> Variant:
    """Return a variant of instances alone, on which inference components are placed."""
    return Variant(
        request=request,
        choices=tuple(Choice(one["InstanceType"], ()) for one in _by_priority(request) or [request]),
        images=(),
        resolved=now,
        desired_weight=float(request.get("InitialVariantWeight", 1.0)),
        desired_count=request["InitialInstanceCount"],
        serverless=None,
    )


def _by_priority(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(request.get("InstancePools", []), key=lambda pool: int(pool["Priority"]))


def _unhostable(model: Model) -> str | None:
    """Say why an endpoint of a model fails.

    DG "Give SageMaker AI Hosted Endpoints Access to Resources in Your Amazon VPC": at least two subnets. The words are
    ours.
    """
    subnets = model.request.get("VpcConfig", {}).get("Subnets", [])
    if len(set(subnets)) == 1:
        return "The VpcConfig of a model must have at least two subnets in different Availability Zones."
    return _unsupported(model.containers)


def _unsupported(containers: Sequence[Mapping[str, Any]]) -> str | None:
    """Say what of a model this engine cannot host, rather than to host something else in its place."""
    for container in containers:
        source = container.get("ModelDataSource", {}).get("S3DataSource", {})
        if source.get("CompressionType") == "None" and source.get("S3DataType") == "S3Object":
            return "The local SageMaker cannot host one uncompressed object."
    return None


def _choices(request: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    """Return the instance types to try with their models: InstancePools by Priority, 1 first."""
    if pools := _by_priority(request):
        return [(p["InstanceType"], p.get("ModelNameOverride", request["ModelName"])) for p in pools]
    return [(request.get("InstanceType"), request["ModelName"])]


def choice_of(
    endpoint_name: str, request: Mapping[str, Any], instance_id: str, model: Model, instance_type: str | None
) -> Choice:
    """Return the containers of a model on instances of a type, for a variant as it was asked for."""
    first = _spec(endpoint_name, request, instance_id, model, instance_type)
    if len(model.containers) == 1:
        return Choice(instance_type, (first,))
    specs = tuple(
        replace(
            first,
            **_of_container(container),
            container_name=f"container_{position}",
            # API, ContainerDefinition.ContainerHostname: "a unique name is assigned ... based on its position".
            hostname=container.get("ContainerHostname", f"container-{position}"),
        )
        for position, container in enumerate(model.containers, 1)
    )
    mode = model.request.get("InferenceExecutionConfig", {}).get("Mode", "Serial")
    return Choice(instance_type, specs, is_direct=mode == "Direct")


def _of_container(container: Mapping[str, Any]) -> dict[str, Any]:
    uri = model_data_uri(container)
    etag = container.get("ModelDataSource", {}).get("S3DataSource", {}).get("ETag")
    additional = {one["ChannelName"]: one["S3DataSource"] for one in container.get("AdditionalModelDataSources", [])}
    return {
        "image": container["Image"],
        "model_data": ModelData(uri, etag) if uri else None,
        "additional_data": {name: ModelData(one["S3Uri"], one.get("ETag")) for name, one in additional.items()},
        "environment": dict(container.get("Environment", {})),
        "is_multi_model": container.get("Mode") == "MultiModel",
        "caches_models": container.get("MultiModelConfig", {}).get("ModelCacheSetting") != "Disabled",
    }


def _spec(
    endpoint_name: str, request: Mapping[str, Any], instance_id: str, model: Model, instance_type: str | None
) -> ContainerSpec:
    return ContainerSpec(
        endpoint_name=endpoint_name,
        variant_name=request["VariantName"],
        instance_id=instance_id,
        **_of_container(model.containers[0]),
        model_data_download_timeout=float(request.get("ModelDataDownloadTimeoutInSeconds", 3600)),
        startup_health_check_timeout=float(request.get("ContainerStartupHealthCheckTimeoutInSeconds", 480)),
        instance_type=instance_type,
        memory_size_in_mb=request.get("ServerlessConfig", {}).get("MemorySizeInMB"),
        volume_size_in_gb=request.get("VolumeSizeInGB"),
        role_arn=model.request.get("ExecutionRoleArn"),
    )


def serving_variants(endpoint: Endpoint) -> list[ServingVariant]:
    """Return what answers an endpoint's invocations now, by current weight; the caller holds the lock.

    InService, and while an update keeps the old fleet answering; empty where nothing may answer.
    """
    if endpoint.status not in SERVING:
        return []
    has_moved = endpoint.deployment is not None and endpoint.containers is endpoint.deployment.containers
    variants = endpoint.deployment.variants if endpoint.deployment and has_moved else endpoint.variants
    config = endpoint.deployment.config if endpoint.deployment and has_moved else endpoint.config
    return [
        ServingVariant(
            name=one.name,
            weight=one.desired_weight if has_moved else one.current_weight,
            container=(container := endpoint.containers[one.name]),
            components=container.capacities() if isinstance(container, ComponentContainers) else None,
            instance_count=one.desired_count if has_moved else one.current_count,
            is_shadow=one.is_shadow,
            hostnames=one.hostnames,
            is_multi_model=one.chosen is not None and one.chosen.is_multi_model,
            config_name=config.name,
        )
        for one in variants
        if one.name in endpoint.containers
    ]


def stop_all(containers: Mapping[str, HostedContainer]) -> None:
    """Stop every container; one that cannot be stopped is logged and does not keep the others alive."""
    for name, container in containers.items():
        try:
            container.stop()
        except Exception:  # a port that breaks must not leave the rest of the fleet running
            logger.exception("could not stop the container of variant %s", name)


Job = Callable[[], None]
Executor = Callable[[Job], None]


def thread_executor(job: Job) -> None:
    """Run a job in a thread of its own, which does not keep the process alive.

    A thread for each job, because jobs mostly wait: in a small pool they would wait for each other too.
    """
    threading.Thread(target=job, name="sagemaker", daemon=True).start()
