"""Removes configurations and models of this stack that no endpoint uses and that are not needed to go back.

Two calls for a hundred resources as long as there is nothing to remove.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from slipway.cleanup.run import CleanupRun
from slipway.deployment.tags import STACK
from slipway.errors import NotYet, Refused
from slipway.versions.in_use import ResourcesInUse, TooManyEndpoints
from slipway.versions.removal import VersionRemoval
from slipway.versions.retention import KEYS, Retention, StackResource, unused
from slipway.versions.version import Tags, read_version, read_versions

MAX_REMOVED = 50  # of one run; the next one continues


def unused_resources(run: CleanupRun) -> list[StackResource]:
    """Return what can be removed according to its tags. Raises `OutOfTime`, and what listing raises."""
    return _candidates(run, _created(run))


def remove_unused(run: CleanupRun, warnings: list[str]) -> Iterator[str]:
    """Remove what may be removed, and yield it; what could not be removed is added to the warnings.

    Raises `OutOfTime`, and what reading raises as long as nothing is removed.
    """
    created = _created(run)
    found = _candidates(run, created)
    if not found:
        return
    in_use = ResourcesInUse(run.versions)
    try:
        in_use.read()
    except TooManyEndpoints as error:
        warnings.append(f"Nothing unused was removed: {error}")
        return
    removed: set[str] = set()
    for one in found:
        try:
            for gone in _remove(run, one, created, in_use) if one.shown not in removed else ():
                removed.add(gone)
                yield gone
        except (Refused, NotYet) as error:
            warnings.append(f"{one.shown} is unused and is still there: {error}")
    warnings += in_use.doubts


def _created(run: CleanupRun) -> list[StackResource]:
    kinds, index, stack = ("endpoint-config", "model"), run.aws.index, run.settings.stack_name
    found = run.retry.pages(lambda token: index.tagged(kinds, STACK, stack, token))
    return [StackResource(arn, {key: tags[key] for key in KEYS if key in tags}) for arn, tags in found]


def _candidates(run: CleanupRun, created: list[StackResource]) -> list[StackResource]:
    retention = Retention(run.settings.keep_versions, timedelta(days=run.settings.unused_retention_days))
    return unused(created, retention, run.now)[:MAX_REMOVED]


def _remove(run: CleanupRun, one: StackResource, created: list[StackResource], in_use: ResourcesInUse) -> Iterator[str]:
    others = [other for other in created if other.is_config and other.endpoint_name == one.endpoint_name]
    names = [other.name for other in others if other.arn != one.arn]
    needed = {model for version in read_versions(names, run.aws.sagemaker) for model in version.models}
    removal = VersionRemoval(run.versions, in_use, _is_still_unused(run, created))
    if not one.is_config:
        if one.name not in needed:
            yield from removal.remove_model(one.name, one.endpoint_name)
    elif version := read_version(one.name, run.aws.sagemaker):
        yield from removal.remove(version, needed)


def _is_still_unused(run: CleanupRun, created: list[StackResource]) -> Callable[[str, Tags], bool]:
    """Return whether a resource is unused by its tags of this moment, among those of all others."""

    def is_still_unused(arn: str, tags: Tags) -> bool:
        others = [other for other in created if other.arn != arn]
        return arn in {found.arn for found in _candidates(run, [*others, StackResource(arn, tags)])}

    return is_still_unused
