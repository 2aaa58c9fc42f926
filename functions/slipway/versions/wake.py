"""Waking: which configuration brings an endpoint back that idle cleanup, or somebody else, deleted.

`config_to_wake(endpoint_name, sagemaker)` returns the name of the configuration that served last; an execution with
`wake_input(...)` of it puts the endpoint back, with its scaling and its idle policy (domain.endpoint_policy).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.names import is_content_addressed, stem_of
from slipway.deployment.tags import ENDPOINT
from slipway.errors import EndpointConfigNotFound, NotFound
from slipway.versions.version import last_served

# The newest of an endpoint, which keeps 50 at most (parameter KeepVersions).
MAX_LOOKED_AT = 50


@dataclass(frozen=True)
class Version:
    """A configuration that was in service, and its tags."""

    name: str
    tags: Mapping[str, str]


def wake_input(endpoint_name: str, config_name: str) -> dict[str, str]:
    """Return the execution input that puts a configuration back into service."""
    return {"EndpointName": endpoint_name, "EndpointConfigName": config_name}


def config_to_wake(endpoint_name: str, sagemaker: SageMaker) -> Version:
    """Return the version of this endpoint that served last. Raises `EndpointConfigNotFound` if there is none.

    Costs one listing and one call for each of the endpoint's configurations.
    """
    version = last_version(endpoint_name, sagemaker)
    if version is None:
        raise EndpointConfigNotFound(
            f"EndpointName is {endpoint_name}, but no endpoint configuration of it has ever been in service: deploy it "
            "with a ModelDataUrl."
        )
    return version


def last_version(endpoint_name: str, sagemaker: SageMaker) -> Version | None:
    """Return the version of this endpoint that served last, if any did."""
    listed = sagemaker.list_endpoint_configs(f"{stem_of(endpoint_name)}-")
    names = [name for name in listed if is_content_addressed(name, endpoint_name)]
    versions = [_version(name, sagemaker) for name in names[:MAX_LOOKED_AT]]
    served = [one for one in versions if one and one.tags.get(ENDPOINT) == endpoint_name and last_served(one.tags)]
    return max(served, key=lambda version: last_served(version.tags), default=None)


def _version(name: str, sagemaker: SageMaker) -> Version | None:
    try:
        return Version(name, sagemaker.tags(sagemaker.describe_endpoint_config(name)["EndpointConfigArn"]))
    except NotFound:
        return None  # somebody else removed it since it was listed
