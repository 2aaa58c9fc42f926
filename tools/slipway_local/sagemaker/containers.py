"""The containers of endpoints: showing them to the runtime, and stopping them."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from slipway_local.ports import HostedContainer
from slipway_local.runtime_ports import ServingVariant
from slipway_local.sagemaker.records import SERVING, Endpoint

logger = logging.getLogger(__name__)


def serving_variants(endpoint: Endpoint) -> list[ServingVariant]:
    """Return what answers an endpoint's invocations now, by current weight; the caller holds the lock.

    InService, and while an update keeps the old fleet answering; empty where nothing may answer.
    """
    if endpoint.status not in SERVING:
        return []
    now = {v.name: (v.current_weight, v.current_count, v.is_shadow) for v in endpoint.variants}
    if endpoint.deployment and endpoint.containers is endpoint.deployment.containers:
        now = {v.name: (v.desired_weight, v.desired_count, v.is_shadow) for v in endpoint.deployment.variants}
    serving = [(name, *now[name], container) for name, container in endpoint.containers.items()]
    return [
        ServingVariant(name, weight, container, count, is_shadow)
        for name, weight, count, is_shadow, container in serving
    ]


def stop_all(containers: Mapping[str, HostedContainer]) -> None:
    """Stop every container; one that cannot be stopped is logged and does not keep the others alive."""
    for name, container in containers.items():
        try:
            container.stop()
        except Exception:  # a port that breaks must not leave the rest of the fleet running
            logger.exception("could not stop the container of variant %s", name)
