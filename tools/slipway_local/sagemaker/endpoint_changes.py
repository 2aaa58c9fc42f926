"""UpdateEndpointWeightsAndCapacities and DeleteEndpoint: changes that start no container."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.sagemaker.containers import stop_all
from slipway_local.sagemaker.deployments import MAX_REASON, World
from slipway_local.sagemaker.endpoints import refuse_busy, refuse_unready
from slipway_local.sagemaker.errors import refused
from slipway_local.sagemaker.records import Endpoint, Variant
from slipway_local.sagemaker.tables import Tables
from slipway_local.sagemaker.variant_rules import check_concurrency

logger = logging.getLogger(__name__)


class EndpointChanges:
    """The endpoint operations that rescale and delete."""

    def __init__(self, tables: Tables, world: World) -> None:
        self._tables = tables
        self._world = world

    def update_endpoint_weights_and_capacities(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities: Updating, then the desired values are the current ones."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(params["EndpointName"])
            refuse_unready(endpoint)
            for variant, change in _changed(endpoint, params["DesiredWeightsAndCapacities"]):
                _apply(variant, change)
            self._enter(endpoint, "Updating", self._settle)
        return {"EndpointArn": endpoint.arn}

    def delete_endpoint(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteEndpoint: Deleting, then gone; the only thing that may be done with a Failed endpoint."""
        with self._tables.lock:
            endpoint = self._tables.endpoints.find(params["EndpointName"])
            refuse_busy(endpoint)
            self._enter(endpoint, "Deleting", self._vanish)
        return {}

    def _enter(self, endpoint: Endpoint, status: Any, finish: Callable[[Endpoint], None]) -> None:
        endpoint.status, endpoint.modified = status, self._world.clock.now()
        self._world.announcer.endpoint(endpoint)
        self._world.executor(lambda: self._run(endpoint, finish))

    def _run(self, endpoint: Endpoint, finish: Callable[[Endpoint], None]) -> None:
        try:
            self._world.clock.sleep(self._world.settings.change_seconds)
            finish(endpoint)
        except Exception as error:  # a bug: it must show on the endpoint, not vanish with the thread
            logger.exception("the change of %s broke", endpoint.name)
            self._fail(endpoint, f"Internal error of the local SageMaker: {type(error).__name__}: {error}")
        finally:
            self._world.announcer.flush()

    def _settle(self, endpoint: Endpoint) -> None:
        with self._tables.lock:
            for variant in endpoint.variants:
                variant.settle()
            endpoint.status, endpoint.modified = "InService", self._world.clock.now()
            self._announce(endpoint)

    def _vanish(self, endpoint: Endpoint) -> None:
        stop_all(endpoint.containers)
        with self._tables.lock:
            if self._tables.endpoints.peek(endpoint.name) is endpoint:
                self._tables.endpoints.remove(endpoint.name)

    def _fail(self, endpoint: Endpoint, reason: str) -> None:
        with self._tables.lock:
            endpoint.status, endpoint.failure_reason = "Failed", reason[:MAX_REASON]
            self._announce(endpoint)

    def _announce(self, endpoint: Endpoint) -> None:
        if self._tables.endpoints.peek(endpoint.name) is endpoint:
            self._world.announcer.endpoint(endpoint)


def _changed(endpoint: Endpoint, changes: list[Mapping[str, Any]]) -> list[tuple[Variant, Mapping[str, Any]]]:
    """Pair every change with its variant, checking all before any is applied."""
    variants = {variant.name: variant for variant in endpoint.variants}
    unknown = [change["VariantName"] for change in changes if change["VariantName"] not in variants]
    if unknown:
        raise refused(
            f'The variant name(s) "{", ".join(unknown)}" is/are not present within endpoint configuration '
            f'"{endpoint.config.name}".'
        )
    pairs = [(variants[change["VariantName"]], change) for change in changes]
    for variant, change in pairs:
        _check(variant, change)
    return pairs


def _check(variant: Variant, change: Mapping[str, Any]) -> None:
    serverless = variant.serverless
    if serverless is None and "ServerlessUpdateConfig" in change:
        raise refused(f'Production variant "{variant.name}" is not serverless.')
    if serverless is not None and "DesiredInstanceCount" in change:
        raise refused(f'Serverless production variant "{variant.name}" has no DesiredInstanceCount.')
    if serverless is not None:
        check_concurrency({**serverless, **change.get("ServerlessUpdateConfig", {})})


def _apply(variant: Variant, change: Mapping[str, Any]) -> None:
    variant.desired_weight = float(change.get("DesiredWeight", variant.desired_weight))
    variant.desired_count = change.get("DesiredInstanceCount", variant.desired_count)
    if variant.serverless is not None:
        variant.serverless = {**variant.serverless, **change.get("ServerlessUpdateConfig", {})}
