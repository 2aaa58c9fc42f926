"""What an endpoint runs on at this moment, and what that costs an hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slipway.deployment.endpoint_status import Description

HOURS_A_MONTH = 730  # as AWS's own calculator has it
VARIANTS = ("ProductionVariants", "ShadowProductionVariants")

PriceOf = Callable[[str, int], float | None]


def hosted_on(endpoint: Description, config: Description) -> dict[str, int]:
    """Return the number of instances by type, of all variants: counted by DescribeEndpoint, typed by the configuration.

    A variant on instance pools has its types in the endpoint's own description. Serverless variants have none.
    """
    found: dict[str, int] = {}
    types = {one["VariantName"]: one.get("InstanceType") for one in _variants(config)}
    for variant in _variants(endpoint):
        for instance_type, count in _instances(variant, types.get(variant["VariantName"])):
            found[instance_type] = found.get(instance_type, 0) + count
    return found


def cost_per_hour(hosted: Mapping[str, int], price_of: PriceOf) -> float | None:
    """Return US dollars an hour; None where a type has no price: a sum without it would be too small."""
    total = 0.0
    for instance_type, count in hosted.items():
        price = price_of(instance_type, count)
        if price is None:
            return None
        total += price
    return round(total, 4)


def _variants(described: Description) -> Iterator[Mapping[str, Any]]:
    for key in VARIANTS:
        yield from described.get(key, [])


def _instances(variant: Mapping[str, Any], instance_type: str | None) -> Iterator[tuple[str, int]]:
    pools = variant.get("InstancePools", [])
    for pool in pools:
        yield pool["InstanceType"], pool.get("CurrentInstanceCount", 0)
    if not pools and instance_type:
        yield instance_type, variant.get("CurrentInstanceCount", 0)
