"""Endpoints, their tags and their metrics in memory, behind the ports of idle cleanup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from slipway.aws.endpoint_listing import ListedEndpoint
from slipway.aws.retry import Page
from slipway.cleanup.metrics import BACKLOG, CONTROL
from slipway.cleanup.snapshot import Metric, Series
from slipway.errors import NotFound
from tests.fakes.faults import Faults

T = TypeVar("T")
ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/"
EXECUTION = "arn:aws:states:us-east-1:111122223333:execution:slipway:first"
OURS = {"slipway:stack": "slipway", "slipway:execution": EXECUTION}
NOW = datetime(2026, 11, 22, 22, 0, 30, tzinfo=UTC)


@dataclass
class FakeEndpoint:
    """An endpoint of a week of age. `used` are instants; of a kind without instances `reports` is false."""

    name: str
    tags: dict[str, str] = field(default_factory=lambda: dict(OURS))
    variants: tuple[str, ...] = ("AllTraffic",)
    status: str = "InService"
    modified: datetime = NOW - timedelta(days=7)
    used: tuple[datetime, ...] = ()
    used_variant: str = "AllTraffic"
    components: tuple[str, ...] = ()
    has_backlog: bool = False
    is_asynchronous: bool = False
    is_serverless: bool = False
    reports: bool = True

    @property
    def arn(self) -> str:
        return ARN + self.name.lower()  # as SageMaker writes it


class FakeIdleAccount:
    """Pages hold `page_size` items. `faults` makes calls go wrong; `unanswered` are metrics without an answer."""

    def __init__(self, *endpoints: FakeEndpoint, page_size: int = 2) -> None:
        self.endpoints_by_name = {endpoint.name: endpoint for endpoint in endpoints}
        self.faults = Faults()
        self.now = NOW
        self.unanswered: set[str] = set()
        self.status_code = ""
        self._page_size = page_size

    # Listing.

    def endpoints(self, token: str, changed_since: datetime | None = None) -> Page[ListedEndpoint]:
        with self.faults.call("recent_changes" if changed_since else "endpoints"):
            found = [self._listed(one) for _, one in sorted(self.endpoints_by_name.items())]
            return self._page([one for one in found if not changed_since or one.modified >= changed_since], token)

    def tagged(
        self, kinds: Sequence[str], key: str, value: str | None, token: str
    ) -> Page[tuple[str, Mapping[str, str]]]:
        assert kinds == ("endpoint",)
        with self.faults.call("tagged"):
            having = [one for one in self.endpoints_by_name.values() if key in one.tags]
            return self._page([(one.arn, one.tags) for one in having if value in (None, one.tags[key])], token)

    def components(self, endpoint_name: str, token: str) -> Page[str]:
        with self.faults.call("components"):
            return self._page(list(self.endpoints_by_name[endpoint_name].components), token)

    def describe_component(self, name: str) -> dict[str, Any]:
        """See `EndpointListing`; no model of one is removed here."""
        raise NotFound(f'Could not find inference component "{name}".')

    # CloudWatch.

    def reporting(self, token: str) -> Page[tuple[str, str]]:
        with self.faults.call("reporting"):
            reporting = [one for one in self.endpoints_by_name.values() if one.reports and not one.is_serverless]
            return self._page([(one.name, variant) for one in reporting for variant in one.variants], token)

    def with_backlog(self, token: str) -> Page[str]:
        with self.faults.call("with_backlog"):
            return self._page([one.name for one in self.endpoints_by_name.values() if one.is_asynchronous], token)

    def measure(
        self, metrics: Sequence[Metric], since: datetime, until: datetime, period: timedelta
    ) -> Mapping[Metric, Series]:
        with self.faults.call("measure"):
            known = (metric for metric in metrics if metric.name not in self.unanswered)
            return {one: self._series(one, since, until, period) for one in known}

    # SageMaker.

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        with self.faults.call("describe_endpoint"):
            if name not in self.endpoints_by_name:
                raise NotFound(f'Could not find endpoint "{ARN}{name}".')
            return self._described(self.endpoints_by_name[name])

    def tags(self, arn: str) -> dict[str, str]:
        with self.faults.call("tags"):
            for one in self.endpoints_by_name.values():
                if one.arn == arn:
                    return one.tags
            raise NotFound(f'Could not find resource "{arn}".')

    # Within.

    def _page(self, items: list[T], token: str) -> Page[T]:
        start = int(token or 0)
        end = start + self._page_size
        return Page(items[start:end], str(end) if end < len(items) else "")

    def _listed(self, one: FakeEndpoint) -> ListedEndpoint:
        return ListedEndpoint(one.name, one.arn, one.status, NOW - timedelta(days=7), one.modified)

    def _described(self, one: FakeEndpoint) -> dict[str, Any]:
        instances = (
            {"CurrentServerlessConfig": {"MemorySizeInMB": 1024}} if one.is_serverless else {"CurrentInstanceCount": 1}
        )
        images = {} if one.components else {"DeployedImages": [{"SpecifiedImage": "image:1"}]}
        return {
            "EndpointName": one.name,
            "EndpointArn": one.arn,
            "EndpointStatus": one.status,
            "EndpointConfigName": f"{one.name}-0f1e2d3c4b5a",
            "CreationTime": NOW - timedelta(days=7),
            "LastModifiedTime": one.modified,
            "ProductionVariants": [{"VariantName": name, **instances, **images} for name in one.variants],
            **({"AsyncInferenceConfig": {"OutputConfig": {}}} if one.is_asynchronous else {}),
        }

    def _series(self, metric: Metric, since: datetime, until: datetime, period: timedelta) -> Series:
        times = self._times(metric, since, until, period)
        values = (min(period, until - time) / timedelta(minutes=1) for time in times)
        return Series(times, tuple(values), self.status_code)

    def _times(self, metric: Metric, since: datetime, until: datetime, period: timedelta) -> tuple[datetime, ...]:
        dimensions = dict(metric.dimensions)
        if "InferenceComponentName" in dimensions:
            [one] = [
                one for one in self.endpoints_by_name.values() if dimensions["InferenceComponentName"] in one.components
            ]
            used = one.used if one.used_variant == dimensions["InferenceComponentName"] else ()
            return _periods(used, since, period)
        found = self.endpoints_by_name.get(dimensions["EndpointName"])
        if found is None:
            return ()
        if metric.name == CONTROL:
            periods = -((since - until) // period)  # the one that has just begun, too
            return tuple(since + index * period for index in range(periods)) if found.reports else ()
        if metric.name == BACKLOG:
            return (since + (until - since) // period * period,) if found.has_backlog else ()
        used = found.used if found.used_variant == dimensions["VariantName"] else ()
        return _periods(used, since, period) if (metric.name == "Invocations") != found.is_asynchronous else ()


def _periods(used: tuple[datetime, ...], since: datetime, period: timedelta) -> tuple[datetime, ...]:
    return tuple(since + (time - since) // period * period for time in used if time >= since)
