"""Which configurations and models of a stack are no longer needed, by their tags. Pure; in doubt, all are needed.

RemoveOldVersions and idle cleanup select by the same rule. Tags of hundreds come with one call; they are read again,
one by one, before anything is removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from slipway.deployment.ordering import REQUESTED_AT
from slipway.deployment.resource_names import kind_of, name_of
from slipway.deployment.tags import COMPONENT, DEPLOYED_AT, ENDPOINT, EXECUTION, IDLE_DELETED_AT, IN_SERVICE_AT, MODEL
from slipway.deployment.timestamps import parse_instant
from slipway.versions.version import Tags, Version, last_served

MAX_EXECUTION = timedelta(days=1)  # the state machine's own limit is eleven hours
# The tags that are read here: of tens of thousands of resources, nothing else is kept.
KEYS = (ENDPOINT, EXECUTION, DEPLOYED_AT, REQUESTED_AT, IN_SERVICE_AT, IDLE_DELETED_AT, MODEL, COMPONENT)


@dataclass(frozen=True)
class StackResource:
    """A configuration or model that the stack created, and all its tags."""

    arn: str
    tags: Tags

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
    """How many versions of an endpoint are kept whatever their age, and for how long the others are.

    As many models are kept, too, each with its newest configuration: a change of the hosting is no new model.
    """

    versions: int
    age: timedelta = timedelta(0)


Resource = TypeVar("Resource", Version, StackResource)


def unused(created: Iterable[StackResource], retention: Retention, now: datetime) -> list[StackResource]:
    """Return what can be removed, configurations before the models that only they use.

    Models of inference components, which no configuration names, are left to the endpoint's deployments.
    A tag names four models of a configuration at most: the others are found when it is described, before the removal.
    """
    by_endpoint: dict[str, list[StackResource]] = defaultdict(list)
    for one in created:
        if one.endpoint_name and EXECUTION in one.tags:
            by_endpoint[one.endpoint_name].append(one)
    configs = {name: [one for one in own if one.is_config] for name, own in by_endpoint.items()}
    old = list(chain.from_iterable(old_configs(own, retention, now) for own in configs.values()))
    gone = {one.arn for one in old}
    stay = [one for own in configs.values() for one in own if one.arn not in gone]
    needed = {name for one in stay for name in one.tags.get(MODEL, "").split()}
    models = [one for own in by_endpoint.values() for one in own if not one.is_config and COMPONENT not in one.tags]
    return [*old, *(one for one in models if one.name not in needed and is_orphaned(one.tags, now))]


def old_configs(
    configs: Sequence[Resource], retention: Retention, now: datetime, kept_models: str = ""
) -> list[Resource]:
    """Return those of one endpoint's configurations that are not needed, in their order.

    Of those that were in service, the newest are kept, and the newest of each of the newest models, without
    `kept_models`, which something else keeps; of the others those that are not older than the retention, and without
    an age none. What was never in service is what a stopped execution left behind, or belongs to
    one under way; after a day it is the former. The version that wakes an endpoint served last, so it is kept.
    """
    served: list[Resource] = [one for one in configs if last_served(one.tags)]
    served.sort(key=lambda one: last_served(one.tags), reverse=True)
    newest = [*served[: retention.versions], *_newest_of_models(served, kept_models)[: retention.versions]]
    beyond = {one.arn for one in served} - {one.arn for one in newest}

    def is_old(one: Resource) -> bool:
        if not last_served(one.tags):
            return is_orphaned(one.tags, now)
        return one.arn in beyond and (not retention.age or _is_older(one.tags, retention.age, now))

    return [one for one in configs if is_old(one)]


def _newest_of_models(served: Iterable[Resource], excluded: str) -> list[Resource]:
    """Return the first configuration of each model, or of the models of several variants, in their order."""
    first: dict[str, Resource] = {}
    for one in served:
        first.setdefault(one.tags.get(MODEL, one.arn), one)
    return [one for models, one in first.items() if models != excluded]


def is_orphaned(tags: Tags, now: datetime) -> bool:
    """Say whether no execution can be about to use what has these tags: none that requested it runs any more."""
    requested = _last_requested(tags)
    return requested is not None and now - requested > MAX_EXECUTION


def _is_older(tags: Tags, age: timedelta, now: datetime) -> bool:
    moments = (_last_requested(tags), parse_instant(tags.get(IN_SERVICE_AT, "")), parse_instant(last_served(tags)))
    known = [moment for moment in moments if moment]
    return len(known) == len(moments) and now - max(known) > age


def _last_requested(tags: Tags) -> datetime | None:
    """Return when it was requested last; None where the tags do not say."""
    moments = [parse_instant(tags.get(key, "")) for key in (DEPLOYED_AT, REQUESTED_AT)]
    known = [moment for moment in moments if moment]
    return max(known) if len(known) == len(moments) else None
