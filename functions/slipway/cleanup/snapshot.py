"""What is known of an endpoint when it is assessed, and what of that DescribeEndpoint says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from slipway.aws.endpoint_listing import ListedEndpoint, listed_endpoint
from slipway.deployment.endpoint_status import Description, pending_config


class Metric(NamedTuple):
    """One of CloudWatch's metrics, and the statistic of it that is read."""

    namespace: str
    name: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]


class Series(NamedTuple):
    """The values of a metric that are not zero.

    `times` are the beginnings of their periods, in order. `trouble` is why there may be more than these; empty where
    CloudWatch called the response Complete.
    """

    times: tuple[datetime, ...] = ()
    values: tuple[float, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class Measured:
    """Metrics from `since` until now, in periods of one length."""

    since: datetime
    period: timedelta
    series: Mapping[Metric, Series]


class Variant(NamedTuple):
    """A production variant or shadow variant; `instances` is None where they have not been counted."""

    name: str
    instances: int | None = None
    serverless: bool = False


@dataclass(frozen=True)
class EndpointSnapshot(ListedEndpoint):
    """An endpoint as ListEndpoints and the tags show it, and what else was read.

    `variants` has the shadow variants too, and is empty where they are not known. `components` are the names of its
    inference components. `trouble` is a call that failed, in a sentence.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    components: tuple[str, ...] = ()
    asynchronous: bool = False
    pending: bool = False
    measured: Measured | None = None
    trouble: str = ""

    @property
    def changed(self) -> datetime:
        """Return when it was created or last modified."""
        return max(self.created, self.modified)


def listed_snapshot(
    listed: ListedEndpoint, tags: Mapping[str, str], variants: tuple[Variant, ...], *, asynchronous: bool
) -> EndpointSnapshot:
    """Return an endpoint of ListEndpoints, with its tags and what CloudWatch lists of it."""
    return EndpointSnapshot(**vars(listed), tags=tags, variants=variants, asynchronous=asynchronous)


def snapshot_of(endpoint: Description, tags: Mapping[str, str], components: tuple[str, ...] = ()) -> EndpointSnapshot:
    """Return a described endpoint, with its tags and the names of its inference components."""
    return EndpointSnapshot(
        **vars(listed_endpoint(endpoint)),
        tags=tags,
        variants=tuple(_variant(described) for described in _described(endpoint)),
        components=components,
        asynchronous=bool(endpoint.get("AsyncInferenceConfig")),
        pending=pending_config(endpoint) is not None,
    )


def may_have_components(endpoint: Description) -> bool:
    """Say whether a variant has instances and no model of its own: models come as inference components then."""
    return any(not one.get("DeployedImages") and not _variant(one).serverless for one in _described(endpoint))


def instances_of(endpoint: Description) -> int:
    """Return how many instances all variants of a described endpoint have."""
    return sum(int(variant.get("CurrentInstanceCount", 0)) for variant in _described(endpoint))


def _described(endpoint: Description) -> list[Mapping[str, Any]]:
    return [*endpoint.get("ProductionVariants", []), *endpoint.get("ShadowProductionVariants", [])]


def _variant(described: Mapping[str, Any]) -> Variant:
    serverless = bool(described.get("CurrentServerlessConfig") or described.get("DesiredServerlessConfig"))
    # Scaling out and scaling in count as the larger number: only none now and none wanted is none.
    counts = [described.get(key) for key in ("CurrentInstanceCount", "DesiredInstanceCount")]
    known = [count for count in counts if count is not None]
    return Variant(described["VariantName"], max(known, default=None), serverless)
