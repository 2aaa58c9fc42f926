"""Which configurations and models of a stack are no longer needed, by their tags. Pure; in doubt, all are needed.

Tags of hundreds come with one call. They are read again, one by one, before anything is removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from slipway.deployment.ordering import REQUESTED_AT
from slipway.deployment.resource_names import kind_of, name_of
from slipway.deployment.tags import DEPLOYED_AT, ENDPOINT, EXECUTION, IDLE_DELETED_AT, IN_SERVICE_AT, MODEL
from slipway.deployment.timestamps import parse_instant
from slipway.versions.version import last_served

MAX_EXECUTION = timedelta(days=1)  # the state machine's own limit is ten hours
# The tags that are read here: of tens of thousands of resources, nothing else is kept.
KEYS = (ENDPOINT, EXECUTION, DEPLOYED_AT, REQUESTED_AT, IN_SERVICE_AT, IDLE_DELETED_AT, MODEL)


@dataclass(frozen=True)
class StackResource:
    """A configuration or model that the stack made, and all its tags."""

    arn: str
    tags: Mapping[str, str]

    @property
    def is_config(self) -> bool:
        """Say whether it is a configuration; else it is a model."""
        return kind_of(self.arn) == "endpoint-config"

    @property
    def name(self) -> str:
        """Return its name."""
        return name_of(self.arn, self.tags)

    @property
    def shown(self) -> str:
        """Return `Model my-endpoint-0f1e2d3c4b5a` and the like."""
        return f"{'EndpointConfig' if self.is_config else 'Model'} {self.name}"

    @property
    def endpoint_name(self) -> str:
        """Return the endpoint that it belongs to."""
        return self.tags.get(ENDPOINT, "")


@dataclass(frozen=True)
class Retention:
    """How many versions of an endpoint are kept whatever their age, and for how long the others are."""

    versions: int
    age: timedelta


def unused(made: Iterable[StackResource], retention: Retention, now: datetime) -> list[StackResource]:
    """Return what may go, configurations before the models that they leave alone."""
    by_endpoint: dict[str, list[StackResource]] = defaultdict(list)
    for one in made:
        if one.endpoint_name and EXECUTION in one.tags:
            by_endpoint[one.endpoint_name].append(one)
    configs = [one for own in by_endpoint.values() for one in own if one.is_config]
    old = list(chain.from_iterable(_old(own, retention, now) for own in by_endpoint.values()))
    gone = {one.arn for one in old}
    needed = {one.tags[MODEL] for one in configs if MODEL in one.tags and one.arn not in gone}
    models = [one for own in by_endpoint.values() for one in own if not one.is_config]
    return [*old, *(one for one in models if one.name not in needed and is_orphaned(one.tags, now))]


def is_orphaned(tags: Mapping[str, str], now: datetime) -> bool:
    """Say whether no execution can be about to use what has these tags: none that wanted it runs any more."""
    wanted = _last_wanted(tags)
    return wanted is not None and now - wanted > MAX_EXECUTION


def _old(own: list[StackResource], retention: Retention, now: datetime) -> Iterator[StackResource]:
    """Yield one endpoint's configurations that may go: never in service, or beyond those kept and old."""
    configs = [one for one in own if one.is_config and is_orphaned(one.tags, now)]
    served = sorted(
        (one for one in own if one.is_config and last_served(one.tags)),
        key=lambda one: last_served(one.tags),
        reverse=True,
    )
    # What wakes an endpoint that sleeps is what served last, and is among them.
    kept = {one.arn for one in served[: retention.versions]}
    for one in configs:
        if not last_served(one.tags) or (one.arn not in kept and _is_older(one.tags, retention.age, now)):
            yield one


def _is_older(tags: Mapping[str, str], age: timedelta, now: datetime) -> bool:
    moments = (_last_wanted(tags), parse_instant(tags.get(IN_SERVICE_AT, "")), parse_instant(last_served(tags)))
    known = [moment for moment in moments if moment]
    return len(known) == len(moments) and now - max(known) > age


def _last_wanted(tags: Mapping[str, str]) -> datetime | None:
    """Return when it was wanted last; None where the tags do not say."""
    moments = [parse_instant(tags.get(key, "")) for key in (DEPLOYED_AT, REQUESTED_AT)]
    known = [moment for moment in moments if moment]
    return max(known) if len(known) == len(moments) else None
