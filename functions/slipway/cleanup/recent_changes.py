"""What has become of endpoints since their last look: one call for all of them, and believed for seconds only.

SageMaker deletes whatever has the name, and takes no condition. Between the last look and the deletion a throttled run
may wait for minutes, and another run, or somebody by hand, may delete the endpoint and wake it. To create one takes
longer than the answer is believed, and meanwhile SageMaker refuses to delete it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from slipway.cleanup.assess import check_unchanged
from slipway.cleanup.description import facts_of
from slipway.cleanup.facts import EndpointFacts
from slipway.cleanup.ports import Listing
from slipway.deployment.endpoint_status import Description
from slipway.errors import ServiceUnavailable

FRESH = timedelta(seconds=10)
CLOCKS_DIFFER = timedelta(minutes=1)  # SageMaker's and ours, at the most


class RecentChanges:
    """Make it before the last look: what happens from then on is what it knows."""

    def __init__(self, listing: Listing, now: Callable[[], datetime]) -> None:
        self._listing = listing
        self._now = now
        self._since = now() - CLOCKS_DIFFER
        self._read_at: datetime | None = None
        self._changed: dict[str, EndpointFacts] = {}

    def refuse(self, endpoint: Description) -> None:
        """Raise `NotIdle` when an endpoint is not what it was described as any more.

        Raises what listing raises, and `ServiceUnavailable` when that took too long to be believed.
        """
        if not self._is_fresh():
            self._read()
        if not self._is_fresh():
            raise ServiceUnavailable("ListEndpoints took too long to answer.")
        found = self._changed.get(endpoint["EndpointName"])
        if found:
            check_unchanged(facts_of(endpoint, {}), found)

    def _is_fresh(self) -> bool:
        return self._read_at is not None and self._now() - self._read_at < FRESH

    def _read(self) -> None:
        began, token, changed = self._now(), "", dict[str, EndpointFacts]()
        while True:
            page = self._listing.endpoints(token, self._since)
            changed |= {one.name: one for one in page.items}
            token = page.token
            if not token:
                break
        self._read_at, self._changed = began, changed
