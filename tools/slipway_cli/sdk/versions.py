"""The versions of an endpoint: its configurations, which outlive it and carry when they served as tags."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.aws.sagemaker import Boto3SageMaker
from slipway.deployment.endpoint_status import models_of, pending_config
from slipway.deployment.names import stem_of
from slipway.deployment.tags import ARTIFACT, DEPLOYED_AT, ENDPOINT, EXECUTION, IN_SERVICE_AT, STACK
from slipway.errors import NotFound
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target

AT_ONCE = 8  # configurations described side by side


class NothingToRollBackTo(ClientError):
    """No other version of the endpoint has ever been in service."""


class VersionNotFound(ClientError):
    """The endpoint has no such version."""


@dataclass(frozen=True)
class Version:
    """One configuration of an endpoint, with its models. `in_service_at` is empty when it never served.

    `state` is Serving, Pending (an update leads to it) or empty.
    """

    config_name: str
    arn: str
    created: datetime
    models: tuple[str, ...]
    tags: Mapping[str, str]
    state: str

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
        """Return when a deployment of it last ended well (ISO 8601, UTC)."""
        return self.tags.get(IN_SERVICE_AT, "")


def versions_of(target: Target, endpoint_name: str) -> list[Version]:
    """Return what the target's stack keeps of an endpoint, the newest first; nothing for one it does not know."""
    sagemaker = Boto3SageMaker(target.client("sagemaker"))
    states = _states(sagemaker, endpoint_name)
    # A configuration of another endpoint that was redeployed to this one has that one's name, and serves.
    names = dict.fromkeys([*states, *sagemaker.list_endpoint_configs(f"{stem_of(endpoint_name)}-")])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda name: read_version(sagemaker, name, states.get(name, "")), names)
        versions = [version for version in found if version]
    ours = [version for version in versions if version.state or _is_ours(version, target.stack, endpoint_name)]
    return sorted(ours, key=lambda version: version.created, reverse=True)


def previous_version(endpoint_name: str, versions: list[Version]) -> Version:
    """Return what served before the version that serves now. Raises `NothingToRollBackTo`."""
    others = [version for version in versions if version.in_service_at and not version.state]
    if not others:
        raise NothingToRollBackTo(
            f"No other version of {endpoint_name} has been in service: `slipway history {endpoint_name}` lists what "
            "there is."
        )
    return max(others, key=lambda version: version.in_service_at)


def version_named(endpoint_name: str, config_name: str, versions: list[Version]) -> Version:
    """Return the version of this configuration; its digest alone will do. Raises `VersionNotFound`."""
    found = [one for one in versions if config_name in (one.config_name, one.config_name.rpartition("-")[2])]
    if not found:
        known = ", ".join(version.config_name for version in versions) or "none"
        raise VersionNotFound(f"{endpoint_name} has no version {config_name}: there are {known}.")
    return found[0]


def _states(sagemaker: Boto3SageMaker, endpoint_name: str) -> dict[str, str]:
    try:
        endpoint = sagemaker.describe_endpoint(endpoint_name)
    except NotFound:
        return {}
    pending = pending_config(endpoint)
    creating = endpoint["EndpointStatus"] == "Creating"
    states = {str(endpoint["EndpointConfigName"]): "Pending" if creating else "Serving"}
    return {**states, pending: "Pending"} if pending else states


def read_version(sagemaker: Boto3SageMaker, name: str, state: str = "") -> Version | None:
    """Return a configuration as a version; None when it does not exist."""
    try:
        config: Mapping[str, Any] = sagemaker.describe_endpoint_config(name)
        tags = sagemaker.tags(config["EndpointConfigArn"])
    except NotFound:
        return None  # deleted since it was listed
    models = tuple(sorted(models_of(config)))
    return Version(name, config["EndpointConfigArn"], config["CreationTime"], models, tags, state)


def _is_ours(version: Version, stack: str, endpoint_name: str) -> bool:
    return (version.tags.get(STACK), version.tags.get(ENDPOINT)) == (stack, endpoint_name)
