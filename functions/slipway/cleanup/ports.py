"""What judging endpoints needs of AWS, page by page, so that one throttled call costs one page.

What deleting idle endpoints needs besides SageMaker: announcements, and tags of many resources at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from slipway.aws.retry import Page
from slipway.cleanup.facts import EndpointFacts, Metric, Series
from slipway.cleanup.policy import Scope


class Listing(Protocol):
    """SageMaker's endpoints and their tags.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def endpoints(self, token: str, changed_since: datetime | None = None) -> Page[EndpointFacts]:
        """Return up to 100 endpoints, by name, of all or of those changed since: no tags and no variants yet."""

    def tagged(self, scope: Scope, token: str) -> Page[tuple[str, Mapping[str, str]]]:
        """Return the ARNs of up to 100 endpoints that bear the scope's tag, each with all its tags."""

    def components(self, endpoint_name: str, token: str) -> Page[str]:
        """Return the names of up to 100 inference components of an endpoint."""


class Endpoints(Protocol):
    """What of `SageMaker`'s port is asked about single endpoints; it raises the same."""

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        """Return DescribeEndpoint's answer."""

    def tags(self, arn: str) -> dict[str, str]:
        """Return a resource's tags, as SageMaker itself has them."""


class CloudWatch(Protocol):
    """CloudWatch's metrics of endpoints.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def reporting(self, token: str) -> Page[tuple[str, str]]:
        """Return up to 500 pairs of endpoint and variant whose instances reported within the last three hours."""

    def with_backlog(self, token: str) -> Page[str]:
        """Return up to 500 endpoints that published a backlog within the last three hours: asynchronous ones."""

    def measure(
        self, metrics: Sequence[Metric], since: datetime, until: datetime, period: timedelta
    ) -> Mapping[Metric, Series]:
        """Return up to 500 metrics between two instants; what is missing in the answer was not answered for."""


class Position(Protocol):
    """Where the last run that ran out of time has stopped.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def read(self) -> str:
        """Return the name of the endpoint after which to begin; empty for the first."""

    def write(self, name: str) -> None:
        """Keep the name of the endpoint after which the next run begins; empty for the first."""


class Prices(Protocol):
    """What instances cost; `slipway.prices` has them."""

    @property
    def as_of(self) -> str:
        """Of when and where the prices are."""

    def hourly_price(self, instance_type: str, count: int = 1) -> float | None:
        """Return US dollars an hour; None where the type has no price."""


class Announcements(Protocol):
    """Where deletions are told.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def put_events(self, detail_type: str, details: Sequence[Mapping[str, Any]]) -> None:
        """Put events of source `slipway` on the default bus. Raises `ServiceUnavailable` unless all were taken."""

    def notify(self, subject: str, text: str) -> None:
        """Send a letter to whoever subscribed to the notification topic."""
