"""Removes a version: its models, their archives, its configuration, and nothing that an endpoint uses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from slipway.aws.model_archives import keys_of_model
from slipway.deployment.tags import NAMED_BY
from slipway.errors import NotFound
from slipway.versions.in_use import ResourcesInUse, VersionAws
from slipway.versions.version import Tags, Version


@dataclass(frozen=True)
class VersionRemoval:
    """Used by RemoveOldVersions, RemoveFailedDeployment, idle cleanup and `slipway delete`.

    A model goes before its configuration, and an archive after its model: stopped in between, the next removal finds
    the configuration and continues. `is_removable` is asked of each ARN with the tags that it has at that moment. A
    model that a variant of another endpoint names stays.
    """

    aws: VersionAws
    in_use: ResourcesInUse
    is_removable: Callable[[str, Tags], bool]

    def remove(self, version: Version, needed_models: Collection[str]) -> Iterator[str]:
        """Yield what is removed, as `Model my-endpoint-0f1e2d3c4b5a`. Raises what AWS raises, and may be called again.

        `needed_models` are those of the configurations that stay.
        """
        retry, sagemaker = self.aws.retry, self.aws.sagemaker
        name, endpoint_name = version.config_name, version.endpoint_name
        if self.in_use.uses_config(name, endpoint_name) or not self._may_go(version.arn):
            return
        for model in version.models:
            if model not in needed_models:
                yield from self.remove_model(model, endpoint_name)
        if self.in_use.uses_config(name, endpoint_name):
            return
        try:
            retry(lambda: sagemaker.delete_endpoint_config(name))
        except NotFound:
            return
        yield f"EndpointConfig {name}"

    def remove_model(self, name: str, endpoint_name: str) -> Iterator[str]:
        """Yield the model when it is removed, with its archive. Raises what AWS raises."""
        retry, sagemaker = self.aws.retry, self.aws.sagemaker
        described = None
        try:
            described = retry(lambda: sagemaker.describe_model(name))
            if not self._may_go(described["ModelArn"]) or self.in_use.uses_model(name, endpoint_name):
                return
            retry(lambda: sagemaker.delete_model(name))
            yield f"Model {name}"
        except NotFound:
            pass  # removed before, perhaps by a run that was stopped before it removed the archives
        for key in keys_of_model(name, described):
            retry(partial(self.aws.archives.delete, key))

    def _may_go(self, arn: str) -> bool:
        try:
            tags = self.aws.retry(lambda: self.aws.sagemaker.tags(arn))
        except NotFound:
            return False
        return NAMED_BY not in tags and self.is_removable(arn, tags)
