"""A version of an endpoint: a configuration with its models, and what its tags say of when it was in service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.endpoint_status import models_of
from slipway.deployment.names import is_content_addressed, stem_of
from slipway.deployment.tags import (
    ARTIFACT,
    DEPLOYED_AT,
    ENDPOINT,
    EXECUTION,
    IDLE_ANNOUNCED_AT,
    IDLE_DELETED_AT,
    IN_SERVICE_AT,
    STACK,
)
from slipway.errors import EndpointConfigNotFound, NotFound

Tags = Mapping[str, str]

MAX_READ_TO_WAKE = 50  # of an endpoint's newest configurations: as many as KeepVersions keeps at most


@dataclass(frozen=True)
class Version:
    """A configuration of an endpoint with its models and tags.

    `state` is Serving or Pending (an update leads to it) where that was read, and empty otherwise. `variants` are its
    production variants, as DescribeEndpointConfig returns them.
    """

    config_name: str
    arn: str
    created: datetime
    models: tuple[str, ...]
    tags: Tags
    state: str = ""
    variants: tuple[Mapping[str, Any], ...] = ()

    @property
    def endpoint_name(self) -> str:
        """Return the endpoint that it was made for; empty where Slipway did not make it."""
        return self.tags.get(ENDPOINT, "")

    @property
    def artifact(self) -> str:
        """Return the archive's URI, or the model package's ARN."""
        return self.tags.get(ARTIFACT, "")

    @property
    def execution(self) -> str:
        """Return the ARN of the execution that made it."""
        return self.tags.get(EXECUTION, "")

    @property
    def deployed_at(self) -> str:
        """Return when that execution started (ISO 8601, UTC)."""
        return self.tags.get(DEPLOYED_AT, "")

    @property
    def in_service_at(self) -> str:
        """Return when a deployment of it last succeeded (ISO 8601, UTC); empty if none did."""
        return self.tags.get(IN_SERVICE_AT, "")


def config_names(endpoint_name: str, sagemaker: SageMaker) -> list[str]:
    """Return the names that can be those of this endpoint's configurations, newest first; only tags prove it."""
    listed = sagemaker.list_endpoint_configs(f"{stem_of(endpoint_name)}-")
    return [name for name in listed if is_content_addressed(name, endpoint_name)]


def read_versions(
    names: Iterable[str], sagemaker: SageMaker, each: Callable[..., Iterable[Version | None]] = map
) -> list[Version]:
    """Return the configurations of these names that exist, in the same order: two calls each.

    `each` is `map`, or that of an executor.
    """
    return [version for version in each(lambda name: read_version(name, sagemaker), names) if version]


def read_version(name: str, sagemaker: SageMaker) -> Version | None:
    """Return a configuration as a version; None where there is none of this name."""
    try:
        config: Mapping[str, Any] = sagemaker.describe_endpoint_config(name)
        tags = sagemaker.tags(config["EndpointConfigArn"])
    except NotFound:
        return None
    variants, models = tuple(config.get("ProductionVariants", [])), tuple(sorted(models_of(config)))
    return Version(name, config["EndpointConfigArn"], config["CreationTime"], models, tags, variants=variants)


def is_created_for(tags: Tags, stack: str, endpoint_name: str) -> bool:
    """Say whether a deployment of this stack made a configuration or model for this endpoint."""
    return (tags.get(STACK), tags.get(ENDPOINT)) == (stack, endpoint_name) and EXECUTION in tags


def last_version(endpoint_name: str, sagemaker: SageMaker) -> Version | None:
    """Return the version of this endpoint that served last, if any did."""
    names = config_names(endpoint_name, sagemaker)[:MAX_READ_TO_WAKE]
    own = (one for one in read_versions(names, sagemaker) if one.endpoint_name == endpoint_name)
    served = [one for one in own if last_served(one.tags)]
    return max(served, key=lambda version: last_served(version.tags), default=None)


def config_to_wake(endpoint_name: str, sagemaker: SageMaker) -> Version:
    """Return the version of this endpoint that served last. Raises `EndpointConfigNotFound` if there is none."""
    version = last_version(endpoint_name, sagemaker)
    if version is None:
        raise EndpointConfigNotFound(
            f"EndpointName is {endpoint_name}, but no version of it that has been in service is kept: deploy it with a "
            "ModelDataUrl."
        )
    return version


def wake_input(endpoint_name: str, config_name: str) -> dict[str, str]:
    """Return the execution input that puts a configuration back into service."""
    return {"EndpointName": endpoint_name, "EndpointConfigName": config_name}


def last_served(tags: Tags) -> str:
    """Return when a configuration served last, as far as is known (ISO 8601, sorts as text); empty if it never did.

    It went into service at `slipway:in-service-at`, and was still in service when idle cleanup deleted its endpoint.
    """
    return max(tags.get(IN_SERVICE_AT, ""), tags.get(IDLE_DELETED_AT, ""))


def is_deleted_idle(tags: Tags) -> bool:
    """Say whether idle cleanup deleted the endpoint from this configuration, and it was not in service since."""
    return tags.get(IDLE_DELETED_AT, "") > tags.get(IN_SERVICE_AT, "")


def is_to_be_announced(tags: Tags) -> bool:
    """Say whether idle cleanup was to delete the endpoint, and has not announced that it is deleted."""
    return tags.get(IDLE_DELETED_AT, "") > tags.get(IDLE_ANNOUNCED_AT, "")
