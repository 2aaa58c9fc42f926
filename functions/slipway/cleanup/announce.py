"""The deletion of an idle endpoint as tags, as an event and as an email, and its announcement.

A deletion is announced by an event for each and one email for all, and then marked as announced. The mark comes last:
whatever fails before it, the next run finds the configuration without it and announces again. A deletion may be
announced twice, and is never left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from slipway.cleanup.run import CleanupRun
from slipway.deployment.endpoint_status import Description
from slipway.deployment.resource_names import name_of
from slipway.deployment.tags import (
    ENDPOINT,
    IDLE_ANNOUNCED_AT,
    IDLE_DELETED_AT,
    IDLE_DELETED_BY,
    IDLE_INSTANCES,
    IDLE_SINCE,
    INSTANCE_TYPE,
)
from slipway.deployment.timestamps import format_instant
from slipway.errors import NotFound
from slipway.prices.hosting_cost import HOURS_A_MONTH
from slipway.versions.version import is_to_be_announced, wake_input

DETAIL_TYPE = "Idle Endpoint Deleted"
MAX_AT_ONCE = 10  # entries of one PutEvents; TagResources takes 20
MAX_RUN = timedelta(minutes=15)  # of a function: until then, what is marked may be about to be deleted
MAX_SUBJECT = 100  # characters (API reference of SNS Publish), ASCII


class Estimate(NamedTuple):
    """What an endpoint costs an hour, in US dollars, and by which prices: never a bill."""

    usd_per_hour: float
    prices: str


@dataclass(frozen=True)
class IdleDeletion:
    """An endpoint that was deleted, or is about to be; instants are aware. No price known, no estimate."""

    endpoint_name: str
    config_name: str
    config_arn: str
    idle_since: datetime
    deleted_at: datetime
    instances: int
    estimate: Estimate | None = None

    @property
    def wake_input(self) -> dict[str, str]:
        """Return the execution input that brings the endpoint back."""
        return wake_input(self.endpoint_name, self.config_name)

    def tags(self, stack: str) -> dict[str, str]:
        """Return the tags of its configuration, by which the deletion can be announced and undone later."""
        return {
            ENDPOINT: self.endpoint_name,
            IDLE_DELETED_BY: stack,
            IDLE_DELETED_AT: format_instant(self.deleted_at),
            IDLE_SINCE: format_instant(self.idle_since),
            IDLE_INSTANCES: str(self.instances),
        }

    def event(self) -> dict[str, Any]:
        """Return the detail of the event `Idle Endpoint Deleted`."""
        return {
            "EndpointName": self.endpoint_name,
            "EndpointConfigName": self.config_name,
            "DeletedAt": format_instant(self.deleted_at),
            "IdleSince": format_instant(self.idle_since),
            "IdleMinutes": int((self.deleted_at - self.idle_since).total_seconds() // 60),
            "EstimatedCostPerHour": self._cost(),
            "WakeInput": self.wake_input,
        }

    def _cost(self) -> dict[str, Any] | None:
        if self.estimate is None:
            return None
        return {"Amount": self.estimate.usd_per_hour, "Currency": "USD", "Prices": self.estimate.prices}


def deletion_of(config_arn: str, config_name: str, tags: Mapping[str, str]) -> IdleDeletion:
    """Return the deletion that a configuration's tags describe. Raises `ValueError` or `KeyError` for other tags."""
    return IdleDeletion(
        endpoint_name=tags[ENDPOINT],
        config_name=config_name,
        config_arn=config_arn,
        idle_since=datetime.fromisoformat(tags[IDLE_SINCE]),
        deleted_at=datetime.fromisoformat(tags[IDLE_DELETED_AT]),
        instances=int(tags[IDLE_INSTANCES]),
    )


def announce(run: CleanupRun, deletions: Sequence[IdleDeletion]) -> None:
    """Announce deletions. Raises what announcing raises; some may have been announced by then."""
    aws, settings = run.aws, run.settings
    for start in range(0, len(deletions), MAX_AT_ONCE):
        batch = deletions[start : start + MAX_AT_ONCE]
        events = [deletion.event() for deletion in batch]
        title, text = subject(batch, settings.stack_name), notification(batch, settings.state_machine_arn)
        mark = {IDLE_ANNOUNCED_AT: max(event["DeletedAt"] for event in events)}
        arns = [deletion.config_arn for deletion in batch]
        run.retry(lambda: aws.announcements.put_events(DETAIL_TYPE, events))  # noqa: B023 - called at once
        run.retry(lambda: aws.announcements.notify(title, text))  # noqa: B023
        run.retry(lambda: aws.index.tag_all(arns, mark))  # noqa: B023


def outstanding(run: CleanupRun) -> list[IdleDeletion]:
    """Return the deletions of earlier runs that were not announced; remove the mark of those that did not happen."""
    index, stack = run.aws.index, run.settings.stack_name
    found = run.retry.pages(lambda token: index.tagged(("endpoint-config",), IDLE_DELETED_BY, stack, token))
    return [deletion for arn, tags in found if is_to_be_announced(tags) for deletion in _confirmed(run, arn)]


def _confirmed(run: CleanupRun, arn: str) -> Iterator[IdleDeletion]:
    sagemaker, prices = run.aws.sagemaker, run.aws.prices
    try:
        tags = run.retry(lambda: sagemaker.tags(arn))  # the index's may be of before the mark
        if not is_to_be_announced(tags):
            return
        deletion = deletion_of(arn, name_of(arn, tags), tags)
    except (NotFound, KeyError, ValueError):
        return  # the configuration is gone, or a user wrote its tags: there is nothing to wake
    if _is_gone(run, deletion):
        price = prices.hourly_price(tags.get(INSTANCE_TYPE, ""), deletion.instances)
        yield replace(deletion, estimate=Estimate(price, prices.as_of) if price else None)
    elif run.now - deletion.deleted_at > MAX_RUN:
        run.retry(lambda: sagemaker.delete_tags(arn, [IDLE_DELETED_AT]))


def _is_gone(run: CleanupRun, deletion: IdleDeletion) -> bool:
    sagemaker = run.aws.sagemaker
    try:
        endpoint: Description = run.retry(lambda: sagemaker.describe_endpoint(deletion.endpoint_name))
    except NotFound:
        return True
    return bool(endpoint["EndpointStatus"] == "Deleting" or endpoint["CreationTime"] > deletion.deleted_at)


def subject(deletions: Sequence[IdleDeletion], stack: str) -> str:
    """Return the subject of an email."""
    number = f"{len(deletions)} idle endpoint{'s' if len(deletions) > 1 else ''}"
    return f"Slipway deleted {number} ({stack})"[:MAX_SUBJECT]


def notification(deletions: Sequence[IdleDeletion], state_machine_arn: str) -> str:
    """Return the text of an email: a paragraph for each endpoint."""
    paragraphs = ["\n".join(_paragraph(deletion, state_machine_arn)) for deletion in deletions]
    return "\n\n".join(
        [*paragraphs, "Models and configurations are kept. Deploy with Protected: true what is to stay."]
    )


def _paragraph(deletion: IdleDeletion, state_machine_arn: str) -> Iterator[str]:
    yield f"The endpoint {deletion.endpoint_name} was deleted: not used since {deletion.idle_since:%Y-%m-%d %H:%M} UTC."
    if deletion.estimate:
        hour, prices = deletion.estimate
        month = hour * HOURS_A_MONTH
        yield f"It cost about ${hour:.3f} an hour, ${month:.0f} a month: an estimate by list prices of {prices}."
    else:
        yield "What it cost is not known: its instance type has no price in the table."
    yield "To wake it:"
    yield f"  slipway wake {deletion.endpoint_name}"
    yield (
        f"  aws stepfunctions start-execution --state-machine-arn {state_machine_arn} "
        f"--input '{json.dumps(deletion.wake_input)}'"
    )
