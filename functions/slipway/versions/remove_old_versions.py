"""RemoveOldVersions: keep the configurations that were in service last, with their models; remove older ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from slipway.aws.model_archives import ModelArchives, model_archive_key
from slipway.aws.sagemaker import SageMaker
from slipway.deployment.endpoint_status import models_of, pending_config
from slipway.deployment.names import is_content_addressed, stem_of
from slipway.deployment.ordering import is_newer, requested_at
from slipway.deployment.plan import Artifact, Execution, Plan
from slipway.deployment.settings import Settings
from slipway.deployment.tags import ENDPOINT, EXECUTION, IN_SERVICE_AT, STACK
from slipway.errors import NotFound, NotYet, Refused

# Bounds of one run, so that it ends within its function's time; the next deployment goes on.
MAX_LOOKED_AT = 100  # configurations, of which at most 50 are kept
MAX_REMOVED = 20
MAX_EXECUTION = timedelta(days=1)  # the state machine's own limit is ten hours


class EndpointConfig(TypedDict):
    """The configuration that serves now."""

    EndpointConfigName: str


class Cleanup(TypedDict):
    """What was removed, as `EndpointConfig my-endpoint-0f1e2d3c4b5a`, and sentences about what could not be."""

    Removed: list[str]
    Warnings: list[str]


@dataclass(frozen=True)
class Version:
    """A configuration with its models and tags."""

    name: str
    created: datetime
    models: frozenset[str]
    tags: Mapping[str, str]


class RemoveOldVersions:
    """Removes what this stack made for this endpoint, and nothing that is in use or on its way into use.

    A configuration that was wanted after this deployment belongs to an execution that waits for its turn; one that was
    wanted before cannot be deployed any more, because newest wins. A model goes before its configuration: killed in
    between, the next run finds the configuration and goes on, where a model alone would never be found again.
    """

    def __init__(
        self,
        plan: Plan,
        config: EndpointConfig,
        artifact: Artifact | None,
        execution: Execution,
        sagemaker: SageMaker,
        archives: ModelArchives,
        settings: Settings,
    ) -> None:
        self._endpoint_name = plan["EndpointName"]
        self._serving = config["EndpointConfigName"]
        self._wanted_at = requested_at(plan, artifact, execution)
        self._started = datetime.fromisoformat(execution["StartTime"].replace("Z", "+00:00"))
        self._stack = settings.stack_name
        self._keep = settings.keep_versions
        self._sagemaker = sagemaker
        self._archives = archives
        self._cleanup = Cleanup(Removed=[], Warnings=[])

    def __call__(self) -> Cleanup:
        """Return what was removed. Raises what reading raises, as long as nothing is removed."""
        versions = self._versions()
        old = self._old(versions)
        kept = frozenset[str]().union(*(version.models for version in versions if version not in old))
        for version in old[:MAX_REMOVED]:
            try:
                self._remove(version, kept)
            except (Refused, NotYet) as error:
                self._cleanup["Warnings"].append(f"EndpointConfig {version.name} is old and is still there: {error}")
                if isinstance(error, NotYet):
                    break
        return self._cleanup

    def _versions(self) -> list[Version]:
        names = self._sagemaker.list_endpoint_configs(f"{stem_of(self._endpoint_name)}-")
        others = [name for name in names if is_content_addressed(name, self._endpoint_name) and name != self._serving]
        found = [self._version(name) for name in [self._serving, *others[:MAX_LOOKED_AT]]]
        return [version for version in found if version]

    def _version(self, name: str) -> Version | None:
        try:
            config = self._sagemaker.describe_endpoint_config(name)
            tags = self._sagemaker.tags(config["EndpointConfigArn"])
        except NotFound:
            return None  # somebody else removed it since it was listed
        return Version(name, config["CreationTime"], models_of(config), tags)

    def _old(self, versions: list[Version]) -> list[Version]:
        """Return what may be removed, oldest first; the version that serves is one of those to keep.

        What was never in service is what a stopped execution left behind, or belongs to one under way; after a day it
        is the former.
        """
        ours = [version for version in versions if version.name != self._serving and self._is_ours(version.tags)]
        served = [version for version in ours if IN_SERVICE_AT in version.tags]
        served.sort(key=lambda version: version.tags[IN_SERVICE_AT], reverse=True)
        left_behind = [one for one in ours if one not in served and self._started - one.created > MAX_EXECUTION]
        return [*left_behind[::-1], *served[self._keep - 1 :][::-1]]

    def _is_ours(self, tags: Mapping[str, str]) -> bool:
        made_here = (tags.get(STACK), tags.get(ENDPOINT)) == (self._stack, self._endpoint_name) and EXECUTION in tags
        return made_here and not is_newer(tags, self._wanted_at)

    def _remove(self, version: Version, kept: frozenset[str]) -> None:
        for model_name in sorted(version.models - kept):
            configs, models = self._in_use()
            if version.name in configs:
                return
            if model_name not in models:
                self._remove_model(model_name)
        if version.name in self._in_use()[0]:
            return
        try:
            self._sagemaker.delete_endpoint_config(version.name)
        except NotFound:
            return  # somebody else was faster
        self._cleanup["Removed"].append(f"EndpointConfig {version.name}")

    def _remove_model(self, name: str) -> None:
        try:
            arn = self._sagemaker.describe_model(name)["ModelArn"]
            if not self._is_ours(self._sagemaker.tags(arn)):
                return
            # The archive goes first: killed in between, the next run still finds the model.
            self._archives.forget(model_archive_key(name))
            self._sagemaker.delete_model(name)
        except NotFound:
            return  # two old configurations had it
        self._cleanup["Removed"].append(f"Model {name}")

    def _in_use(self) -> tuple[set[str], set[str]]:
        """Return the configurations that the endpoint has and is going to have at this moment, and their models."""
        try:
            endpoint = self._sagemaker.describe_endpoint(self._endpoint_name)
        except NotFound:
            return set(), set()
        configs = {name for name in (endpoint["EndpointConfigName"], pending_config(endpoint)) if name}
        return configs, {model for name in configs for model in self._models_of(name)}

    def _models_of(self, config_name: str) -> frozenset[str]:
        version = self._version(config_name)
        return version.models if version else frozenset()
