"""RemoveOldVersions: keep the configurations that were in service last, with their models; remove older ones."""

from __future__ import annotations

from typing import TypedDict

from slipway.deployment.deployment import Deployment
from slipway.deployment.ordering import is_newer
from slipway.deployment.other_executions import FAILED, DescribeExecution, end_of
from slipway.deployment.resource_names import name_of
from slipway.deployment.tags import COMPONENT, ENDPOINT, MODEL, owner_of
from slipway.errors import NotYet, Refused
from slipway.versions.in_use import ResourcesInUse, TooManyEndpoints, VersionAws
from slipway.versions.removal import VersionRemoval
from slipway.versions.retention import Retention, old_configs
from slipway.versions.version import Tags, Version, config_names, is_created_for, last_served, read_versions

# Bounds of one run, so that it ends within its function's time; the next deployment continues.
MAX_READ = 100  # configurations, of which at most 50 are kept
MAX_REMOVED = 20


class EndpointConfig(TypedDict):
    """The configuration that serves now."""

    EndpointConfigName: str


class Cleanup(TypedDict):
    """What was removed, as `EndpointConfig my-endpoint-0f1e2d3c4b5a`, and sentences about what could not be."""

    Removed: list[str]
    Warnings: list[str]


class RemoveOldVersions:
    """Removes what this stack created for this endpoint, and nothing that is in use or on its way into use.

    A configuration that was requested after this deployment belongs to an execution that waits for its turn; one that
    was requested before cannot be deployed any more, because newest wins.
    """

    def __init__(self, deployment: Deployment, aws: VersionAws, describe_execution: DescribeExecution) -> None:
        self._deployment = deployment
        self._aws = aws
        self._describe_execution = describe_execution

    def __call__(self, config: EndpointConfig) -> Cleanup:
        """Return what was removed while a configuration serves. Raises what reading raises."""
        serving, cleanup = config["EndpointConfigName"], Cleanup(Removed=[], Warnings=[])
        if "Components" in self._deployment.plan:
            self._remove_models_of_components(cleanup)
        versions = self._versions(serving)
        old = self._old(versions, serving)
        if not old:
            return cleanup
        in_use = ResourcesInUse(self._aws)
        try:
            in_use.read()
        except TooManyEndpoints as error:
            cleanup["Warnings"].append(f"Old versions stay: {error}")
            return cleanup
        self._remove(
            old, {model for version in versions if version not in old for model in version.models}, in_use, cleanup
        )
        cleanup["Warnings"] += in_use.doubts
        return cleanup

    def _remove_models_of_components(self, cleanup: Cleanup) -> None:
        """Remove the models that the endpoint's inference components had before."""
        index, name = self._aws.index, self._deployment.endpoint_name
        removal = VersionRemoval(self._aws, ResourcesInUse(self._aws), self._is_ours)
        found = self._aws.retry.pages(lambda token: index.tagged(("model",), ENDPOINT, name, token))
        replaced = [name_of(arn, tags) for arn, tags in found if COMPONENT in tags and self._is_ours(arn, tags)]
        for model in replaced:
            try:
                cleanup["Removed"] += removal.remove_model(model, name)
            except (Refused, NotYet) as error:
                cleanup["Warnings"].append(f"Model {model} is old and is still there: {error}")

    def _versions(self, serving: str) -> list[Version]:
        others = [name for name in config_names(self._deployment.endpoint_name, self._aws.sagemaker) if name != serving]
        return read_versions([serving, *others[:MAX_READ]], self._aws.sagemaker)

    def _old(self, versions: list[Version], serving: str) -> list[Version]:
        """Return what can be removed, oldest first; the version that serves is one of those to keep."""
        ours = [one for one in versions if one.config_name != serving and self._is_ours(one.arn, one.tags)]
        kept = Retention(self._deployment.settings.keep_versions - 1)
        models = next((one.tags.get(MODEL, "") for one in versions if one.config_name == serving), "")
        old = old_configs(ours, kept, self._deployment.started, models)
        return [one for one in reversed(ours) if one in old or self._is_left(one)]

    def _is_left(self, version: Version) -> bool:
        """Say whether the execution that requested a version last was stopped, or failed before it removed it."""
        return not last_served(version.tags) and end_of(owner_of(version.tags), self._describe_execution) in FAILED

    def _is_ours(self, _arn: str, tags: Tags) -> bool:
        is_ours = is_created_for(tags, self._deployment.settings.stack_name, self._deployment.endpoint_name)
        return is_ours and not is_newer(tags, self._deployment.requested_at)

    def _remove(self, old: list[Version], needed: set[str], in_use: ResourcesInUse, cleanup: Cleanup) -> None:
        removal = VersionRemoval(self._aws, in_use, self._is_ours)
        for version in old[:MAX_REMOVED]:
            try:
                for removed in removal.remove(version, needed):
                    cleanup["Removed"].append(removed)
            except (Refused, NotYet) as error:
                cleanup["Warnings"].append(f"EndpointConfig {version.config_name} is old and is still there: {error}")
                if isinstance(error, NotYet):
                    return
