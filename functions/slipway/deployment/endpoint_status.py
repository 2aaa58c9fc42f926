"""What an endpoint's description means for a deployment. All nine statuses of DescribeEndpoint are here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# AWS refuses update and delete in these with "Cannot update in-progress endpoint".
BUSY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
# Deletion is the only thing AWS allows here.
DELETE_ONLY = frozenset({"Failed"})
# Serving, or stuck in a mix of configurations or out of service: a new configuration may be tried.
UPDATABLE = frozenset({"InService", "OutOfService", "UpdateRollbackFailed"})
# "Your endpoint is in service with a mix of the old and new endpoint configurations" (API reference, DescribeEndpoint):
# EndpointConfigName is one of the two.
MIXED = "UpdateRollbackFailed"
STATUSES = BUSY | DELETE_ONLY | UPDATABLE

Description = Mapping[str, Any]


def pending_config(endpoint: Description) -> str | None:
    """Return the configuration an update in progress leads to. During Updating, EndpointConfigName is the old one."""
    pending = endpoint.get("PendingDeploymentSummary") or {}
    name = pending.get("EndpointConfigName")
    return str(name) if name else None


def serves(endpoint: Description, config_name: str) -> bool:
    """Say whether the endpoint is InService with this configuration and nothing pending."""
    return (
        endpoint["EndpointStatus"] == "InService"
        and endpoint["EndpointConfigName"] == config_name
        and pending_config(endpoint) is None
    )


def is_becoming(endpoint: Description, config_name: str) -> bool:
    """Say whether the endpoint is on its way to this configuration."""
    if endpoint["EndpointStatus"] == "Creating":
        return bool(endpoint["EndpointConfigName"] == config_name)
    return pending_config(endpoint) == config_name


def models_of(config: Description) -> frozenset[str]:
    """Return the models of a configuration: of its variants and shadow variants, and of their instance pools."""
    variants = [*config.get("ProductionVariants", []), *config.get("ShadowProductionVariants", [])]
    pools = [pool for variant in variants for pool in variant.get("InstancePools", [])]
    names = [*(variant.get("ModelName") for variant in variants), *(pool.get("ModelNameOverride") for pool in pools)]
    return frozenset(name for name in names if name)


def uses(endpoint: Description, config_name: str) -> bool:
    """Say whether a configuration is in use: serving, or about to."""
    return endpoint["EndpointConfigName"] == config_name or pending_config(endpoint) == config_name
