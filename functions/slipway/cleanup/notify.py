"""Tells of deleted endpoints: an event for each, one letter for all, and then a mark that it is done.

The mark comes last. Whatever fails before it, the next run finds the configuration without it and tells again: a
deletion may be told twice, and is never kept quiet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from slipway.aws.retry import Retrier
from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_index import TagIndex
from slipway.cleanup.deletion import Estimate, IdleDeletion, deletion_of
from slipway.cleanup.notification import notification, subject
from slipway.cleanup.ports import Announcements, Prices
from slipway.deployment.endpoint_status import Description
from slipway.deployment.resource_names import name_of
from slipway.deployment.settings import Settings
from slipway.deployment.tags import IDLE_ANNOUNCED_AT, IDLE_DELETED_AT, IDLE_DELETED_BY, INSTANCE_TYPE
from slipway.errors import NotFound
from slipway.versions.version import is_to_be_announced

DETAIL_TYPE = "Idle Endpoint Deleted"
MAX_AT_ONCE = 10  # entries of one PutEvents; TagResources takes 20
MAX_RUN = timedelta(minutes=15)  # of a function: until then, what is marked may be about to be deleted


class AnnounceDeletions:
    """Announces what this run deleted, and what an earlier one deleted and could not announce."""

    def __init__(
        self,
        sagemaker: SageMaker,
        index: TagIndex,
        announcements: Announcements,
        prices: Prices,
        retrier: Retrier,
        now: Callable[[], datetime],
        settings: Settings,
    ) -> None:
        self._sagemaker = sagemaker
        self._index = index
        self._announcements = announcements
        self._prices = prices
        self._retrier = retrier
        self._now = now
        self._settings = settings

    def __call__(self, deletions: Sequence[IdleDeletion]) -> None:
        """Announce deletions. Raises what announcing raises; some may have been announced by then."""
        for start in range(0, len(deletions), MAX_AT_ONCE):
            self._announce(deletions[start : start + MAX_AT_ONCE])

    def outstanding(self) -> list[IdleDeletion]:
        """Return the deletions of earlier runs that nobody was told of; forget those that never happened."""
        marked = ("endpoint-config",), IDLE_DELETED_BY, self._settings.stack_name
        found = self._retrier.pages(lambda token: self._index.tagged(*marked, token))
        return [deletion for arn, tags in found if is_to_be_announced(tags) for deletion in self._confirmed(arn)]

    def _announce(self, deletions: Sequence[IdleDeletion]) -> None:
        told = [deletion.event() for deletion in deletions]
        text = notification(deletions, self._settings.state_machine_arn)
        title = subject(deletions, self._settings.stack_name)
        self._retrier(lambda: self._announcements.put_events(DETAIL_TYPE, told))
        self._retrier(lambda: self._announcements.notify(title, text))
        mark = {IDLE_ANNOUNCED_AT: max(event["DeletedAt"] for event in told)}
        self._retrier(lambda: self._index.tag_all([deletion.config_arn for deletion in deletions], mark))

    def _confirmed(self, arn: str) -> Iterator[IdleDeletion]:
        try:
            tags = self._retrier(lambda: self._sagemaker.tags(arn))  # the index's may be of before the mark
            if not is_to_be_announced(tags):
                return
            deletion = deletion_of(arn, name_of(arn, tags), tags)
        except (NotFound, KeyError, ValueError):
            return  # the configuration is gone, or somebody else wrote on it: there is nothing to wake
        if self._is_gone(deletion):
            price = self._prices.hourly_price(tags.get(INSTANCE_TYPE, ""), deletion.instances)
            yield replace(deletion, estimate=Estimate(price, self._prices.as_of) if price else None)
        elif self._now() - deletion.deleted_at > MAX_RUN:
            self._retrier(lambda: self._sagemaker.delete_tags(arn, [IDLE_DELETED_AT]))

    def _is_gone(self, deletion: IdleDeletion) -> bool:
        try:
            endpoint: Description = self._retrier(lambda: self._sagemaker.describe_endpoint(deletion.endpoint_name))
        except NotFound:
            return True
        return bool(endpoint["EndpointStatus"] == "Deleting" or endpoint["CreationTime"] > deletion.deleted_at)
