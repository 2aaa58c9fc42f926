"""The facts that DescribeEndpoint's answer holds for idle cleanup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.cleanup.facts import EndpointFacts, Variant
from slipway.deployment.endpoint_status import Description, pending_config


def facts_of(endpoint: Description, tags: Mapping[str, str], components: tuple[str, ...] = ()) -> EndpointFacts:
    """Return what a description says, with the endpoint's tags and the names of its inference components."""
    return EndpointFacts(
        name=endpoint["EndpointName"],
        arn=endpoint["EndpointArn"],
        status=endpoint["EndpointStatus"],
        created=endpoint["CreationTime"],
        modified=endpoint["LastModifiedTime"],
        tags=tags,
        variants=tuple(_variant(described) for described in _described(endpoint)),
        components=components,
        asynchronous=bool(endpoint.get("AsyncInferenceConfig")),
        pending=pending_config(endpoint) is not None,
    )


def may_have_components(endpoint: Description) -> bool:
    """Say whether a variant has instances and no model of its own: models come as inference components then."""
    return any(not one.get("DeployedImages") and not _variant(one).serverless for one in _described(endpoint))


def _described(endpoint: Description) -> list[Mapping[str, Any]]:
    return [*endpoint.get("ProductionVariants", []), *endpoint.get("ShadowProductionVariants", [])]


def _variant(described: Mapping[str, Any]) -> Variant:
    serverless = bool(described.get("CurrentServerlessConfig") or described.get("DesiredServerlessConfig"))
    # Growing and shrinking count as what is larger: only none now and none wanted is none.
    counts = [described.get(key) for key in ("CurrentInstanceCount", "DesiredInstanceCount")]
    known = [count for count in counts if count is not None]
    return Variant(described["VariantName"], max(known, default=None), serverless)
