"""What is known of an endpoint when it is judged; `slipway.cleanup.assess` judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple


class Metric(NamedTuple):
    """One of CloudWatch's metrics, and the statistic of it that says something."""

    namespace: str
    name: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]


class Series(NamedTuple):
    """What CloudWatch has of a metric.

    `times` are the beginnings of the periods in which it was not zero. `trouble` is why there may be more than that;
    empty where CloudWatch called the answer Complete.
    """

    times: tuple[datetime, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class Measured:
    """Metrics from `since` until now, in periods of one length."""

    since: datetime
    period: timedelta
    series: Mapping[Metric, Series]


class Variant(NamedTuple):
    """A production variant or shadow variant; `instances` is None where nobody has counted them yet."""

    name: str
    instances: int | None = None
    serverless: bool = False


@dataclass(frozen=True)
class EndpointFacts:
    """An endpoint as ListEndpoints and the tags show it, and what was found out besides.

    Times are aware. `variants` has the shadow variants too, and is empty where they are not known. `components` are
    the names of its inference components. `trouble` is a call that failed, in a sentence.
    """

    name: str
    arn: str
    status: str
    created: datetime
    modified: datetime
    tags: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    components: tuple[str, ...] = ()
    asynchronous: bool = False
    pending: bool = False
    measured: Measured | None = None
    trouble: str = ""
