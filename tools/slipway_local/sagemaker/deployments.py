"""Brings configurations onto endpoints: Creating and Updating until InService, Failed or rolled back.

One process serves a variant, however many instances DescribeEndpoint counts. Updates are blue/green: the old
containers answer until the new ones are healthy and traffic has moved, and only then are they stopped.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from slipway_local.ports import Alarms, HostedContainer, Hosting, HostingFailed, ScalableClock
from slipway_local.sagemaker.announcements import Announcer
from slipway_local.sagemaker.background import Executor
from slipway_local.sagemaker.containers import stop_all
from slipway_local.sagemaker.deployment_rules import shifting_seconds
from slipway_local.sagemaker.fault_texts import NO_CAPACITY, ping_failed
from slipway_local.sagemaker.faults import Faults
from slipway_local.sagemaker.records import Deployment, Endpoint, Variant, VariantStatus
from slipway_local.sagemaker.rollback import Rollback
from slipway_local.sagemaker.settings import Settings
from slipway_local.sagemaker.tables import Tables

logger = logging.getLogger(__name__)
MAX_REASON = 1024


@dataclass(frozen=True)
class World:
    """What background work needs besides the tables."""

    hosting: Hosting
    clock: ScalableClock
    settings: Settings
    faults: Faults
    announcer: Announcer
    executor: Executor
    alarms: Alarms


class Deployments:
    """Runs deployments in the background."""

    def __init__(self, tables: Tables, world: World) -> None:
        self._tables = tables
        self._world = world
        self._stuck: list[tuple[Endpoint, Deployment]] = []

    def begin(self, endpoint: Endpoint, deployment: Deployment) -> None:
        """Start a creation or an update; the caller holds the lock and has made the endpoint busy."""
        endpoint.deployment = deployment
        self._world.announcer.endpoint(endpoint)
        if deployment.is_update:
            self._world.announcer.deployment(endpoint, deployment)
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
        self._world.executor(lambda: self._run(endpoint, deployment))

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
            self._world.announcer.flush()

    def _deploy(self, endpoint: Endpoint, deployment: Deployment) -> None:
        faults, name = self._world.faults, endpoint.name
        with self._tables.lock:
            if not self._wanted(endpoint, deployment):
                return
        if faults.take("StuckCreating", endpoint_name=name):
            with self._tables.lock:
                self._stuck.append((endpoint, deployment))
            return
        started = self._world.clock.now()
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
        faults, no_capacity = self._world.faults, NO_CAPACITY
        for instance_type, spec in variant.specs:
            if fault := faults.take("NoCapacity", endpoint_name=endpoint.name, instance_type=instance_type):
                no_capacity = fault.message or NO_CAPACITY
                continue
            if fault := faults.take("PingFailed", endpoint_name=endpoint.name, instance_type=instance_type):
                raise HostingFailed(fault.message or ping_failed(variant.name))
            variant.instance_type = instance_type
            return self._world.hosting.start(spec)
        raise HostingFailed(no_capacity)

    def _wait_for_creation(self, started: datetime) -> None:
        """Wait until `creation_seconds` of SageMaker's time have passed since `started`.

        The clock's `now` is real time, so what hosting took is divided by the scale first.
        """
        clock = self._world.clock
        if clock.scale <= 0:
            return
        passed = (clock.now() - started).total_seconds() / clock.scale
        clock.sleep(max(0.0, self._world.settings.creation_seconds - passed))

    def _move_traffic(self, endpoint: Endpoint, deployment: Deployment) -> None:
        """Let the waits of the DeploymentConfig pass, moving traffic to the new containers between them."""
        requests = [variant.request for variant in deployment.variants]
        shifting, baking = shifting_seconds(deployment.deployment_config, requests)
        config = deployment.deployment_config if deployment.is_update else None
        creation = self._world.settings.creation_seconds
        rollback = Rollback(config, self._world.alarms, creation, self._world.clock.sleep)
        self._enter(endpoint, deployment, "ActivatingTraffic", shifting, rollback)
        with self._tables.lock:
            if self._wanted(endpoint, deployment):
                deployment.replaced, endpoint.containers = endpoint.containers, deployment.containers
        self._enter(endpoint, deployment, "Baking", baking, rollback)

    def _enter(
        self, endpoint: Endpoint, deployment: Deployment, stage: VariantStatus, seconds: float, rollback: Rollback
    ) -> None:
        if seconds <= 0:
            rollback.look()
            return
        with self._tables.lock:
            deployment.stage, deployment.stage_started = stage, self._world.clock.now()
            deployment.stage_message = f"{stage} for {seconds:g} seconds."
            if deployment.is_update:
                self._world.announcer.deployment(endpoint, deployment)
        self._world.announcer.flush()
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
        endpoint.modified = self._world.clock.now()
        self._world.announcer.endpoint(endpoint)
