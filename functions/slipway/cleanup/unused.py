"""Housekeeping: configurations and models of this stack that no endpoint uses, and that nobody would go back to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from slipway.aws.model_archives import ModelArchives, model_archive_key
from slipway.aws.retry import Retrier
from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_index import TagIndex
from slipway.cleanup.in_use import ResourcesInUse, TooManyEndpoints, names_of
from slipway.deployment.settings import Settings
from slipway.deployment.tags import STACK
from slipway.errors import NotFound, NotYet, Refused
from slipway.versions.retention import KEYS, Retention, StackResource, unused

MAX_REMOVED = 50  # of one run; the next one goes on


class RemoveUnused:
    """Two calls a hundred resources as long as there is nothing to remove."""

    def __init__(
        self,
        sagemaker: SageMaker,
        index: TagIndex,
        archives: ModelArchives,
        live: ResourcesInUse,
        retrier: Retrier,
        now: Callable[[], datetime],
        settings: Settings,
    ) -> None:
        self._sagemaker = sagemaker
        self._index = index
        self._archives = archives
        self._live = live
        self._retrier = retrier
        self._now = now
        self._settings = settings
        self.removed: list[str] = []
        self.warnings: list[str] = []

    def candidates(self) -> list[StackResource]:
        """Return what may go, as far as tags tell. Raises `OutOfTime`, and what listing raises."""
        return unused(self._made(), self._retention, self._now())[:MAX_REMOVED]

    def __call__(self) -> None:
        """Remove what may go: `removed` then says what has, `warnings` what could not be.

        Raises `OutOfTime`, and what reading raises as long as nothing is removed.
        """
        made = self._made()
        candidates = unused(made, self._retention, self._now())[:MAX_REMOVED]
        if not candidates:
            return
        try:
            self._live.read()
        except TooManyEndpoints as error:
            self.warnings.append(f"Nothing unused was removed: {error}")
            return
        for one in candidates:
            try:
                self._remove(one, made)
            except NotFound:
                continue  # somebody else removed it
            except (Refused, NotYet) as error:
                self.warnings.append(f"{one.shown} is unused and is still there: {error}")

    @property
    def _retention(self) -> Retention:
        return Retention(self._settings.keep_versions, timedelta(days=self._settings.unused_retention_days))

    def _made(self) -> list[StackResource]:
        kinds = ("endpoint-config", "model")
        found = self._retrier.pages(lambda token: self._index.tagged(kinds, STACK, self._settings.stack_name, token))
        return [StackResource(arn, {key: tags[key] for key in KEYS if key in tags}) for arn, tags in found]

    def _remove(self, one: StackResource, made: list[StackResource]) -> None:
        tags = self._retrier(lambda: self._sagemaker.tags(one.arn))
        fresh = StackResource(one.arn, tags)
        others = [other for other in made if other.arn != one.arn]
        # Its own tags, of this moment, among those of all others: wanted again, it stays.
        if fresh.arn not in {found.arn for found in unused([*others, fresh], self._retention, self._now())}:
            return
        if self._live.has(fresh.name, fresh.endpoint_name):
            return
        if fresh.is_config:
            self._retrier(lambda: self._sagemaker.delete_endpoint_config(fresh.name))
        elif not self._is_needed(fresh, others):
            self._remove_model(fresh.name)
        else:
            return
        self.removed.append(fresh.shown)

    def _remove_model(self, name: str) -> None:
        # The archive goes first: killed in between, the next run still finds the model.
        self._archives.forget(model_archive_key(name))
        self._retrier(lambda: self._sagemaker.delete_model(name))

    def _is_needed(self, model: StackResource, others: list[StackResource]) -> bool:
        configs = [one for one in others if one.is_config and one.endpoint_name == model.endpoint_name]
        return model.name.lower() in names_of(self._described(configs))

    def _described(self, configs: list[StackResource]) -> Iterator[dict[str, object]]:
        for config in configs:
            try:
                yield self._retrier(lambda: self._sagemaker.describe_endpoint_config(config.name))  # noqa: B023
            except NotFound:
                continue
