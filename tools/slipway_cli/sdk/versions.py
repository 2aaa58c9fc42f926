"""The versions of an endpoint: its configurations, which outlive it and have the times of their service as tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from slipway.aws.sagemaker import Boto3SageMaker
from slipway.aws.tag_index import Boto3TagIndex, TagIndex
from slipway.deployment.endpoint_status import pending_config
from slipway.deployment.names import has_digest
from slipway.deployment.resource_names import name_of
from slipway.deployment.tags import ADOPTED_CONFIG, ENDPOINT, IN_SERVICE_AT, STACK
from slipway.deployment.timestamps import format_instant
from slipway.errors import EndpointConfigNotFound, NotFound
from slipway.versions.version import (
    Version,
    config_names,
    config_to_wake,
    last_served,
    read_versions,
    wake_input,
)
from slipway_cli.sdk.contract import check_input
from slipway_cli.sdk.endpoints import Endpoint
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.retry import retrier_for
from slipway_cli.sdk.target import Target

AT_ONCE = 8  # configurations described side by side
MAX_SECONDS = 60.0  # of reading the tag index


class NothingToRollBackTo(ClientError):
    """No other version of the endpoint has ever been in service."""


class VersionNotFound(ClientError):
    """The endpoint has no such version."""


def versions_of(target: Target, endpoint_name: str) -> list[Version]:
    """Return what the target's stack has of an endpoint, the newest first; nothing for one it does not know."""
    sagemaker = Boto3SageMaker(target.client("sagemaker"))
    states, adopted = _states(sagemaker, endpoint_name), _adopted_config(sagemaker, endpoint_name)
    # A configuration of another endpoint that was redeployed to this one has that one's name, and serves.
    names = dict.fromkeys([*states, *adopted, *config_names(endpoint_name, sagemaker)])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = read_versions(names, sagemaker, pool.map)
    known = {*states, *adopted}
    ours = [one for one in found if one.config_name in known or _is_ours(one, target.stack, endpoint_name)]
    served = [_as_served(one) if one.config_name in adopted and not one.in_service_at else one for one in ours]
    versions = [replace(one, state=states.get(one.config_name, "")) for one in served]
    return sorted(versions, key=lambda version: version.created, reverse=True)


def previous_version(endpoint_name: str, versions: list[Version], *, with_size: bool = False) -> Version:
    """Return what served before the version that serves now: another model, or with its size another configuration.

    Raises `NothingToRollBackTo`.
    """
    serving = {version.models for version in versions if version.state}
    others = [version for version in versions if version.in_service_at and not version.state]
    found = [version for version in others if with_size or version.models not in serving]
    if not found:
        hint = " A configuration of the same model has: --with-size puts it back." if others else ""
        raise NothingToRollBackTo(
            f"No other model of {endpoint_name} has been in service: `slipway history {endpoint_name}` lists what "
            f"there is.{hint}"
        )
    return max(found, key=lambda version: version.in_service_at)


def rollback_request(
    endpoint_name: str, version: Version, versions: list[Version], *, with_size: bool
) -> dict[str, Any]:
    """Return the execution input that puts a version back, with a message that says from what to what.

    Without its size the endpoint keeps its number of instances, where they are of the same type.
    """
    serving = next((one for one in versions if one.state == "Serving"), None)
    request: dict[str, Any] = wake_input(endpoint_name, version.config_name)
    if serving is None:
        return {**request, "Message": f"Restore {digest_of(version)}"}
    if not with_size and "InstanceType" in version.variants[0] and _types_of(serving) == _types_of(version):
        request["KeepInstanceCount"] = True
    return {**request, "Message": f"Roll back from {digest_of(serving)} to {digest_of(version)}"}


def scaling_request(endpoint: Endpoint, scaling: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the execution input that gives an endpoint this AutoScaling. Raises an `InputRefused`."""
    return check_input({**wake_input(endpoint.name, endpoint.config_name), "AutoScaling": scaling, **more})


def fixed_size(instances: int) -> dict[str, int]:
    """Return the AutoScaling of a fixed number of instances."""
    return {"MinCapacity": instances, "MaxCapacity": instances}


def digest_of(version: Version) -> str:
    """Return the digest at the end of a configuration's name, or the whole name where it has none."""
    name = version.config_name
    return name.rpartition("-")[2] if has_digest(name) else name


def _types_of(version: Version) -> dict[str, str]:
    return {one["VariantName"]: one.get("InstanceType", "") for one in version.variants}


def hosting_of(variants: Iterable[Mapping[str, Any]]) -> str:
    """Return what the variants of a configuration run on: `ml.m5.large x 2`, or `serverless`."""
    return ", ".join(dict.fromkeys(map(_hosting, variants)))


def _hosting(variant: Mapping[str, Any]) -> str:
    if "ServerlessConfig" in variant:
        return "serverless"
    pools = sorted(variant.get("InstancePools", []), key=lambda pool: pool["Priority"])
    types = [variant["InstanceType"]] if "InstanceType" in variant else [pool["InstanceType"] for pool in pools]
    return f"{' or '.join(types)} x {variant.get('InitialInstanceCount', 1)}"


def version_named(endpoint_name: str, config_name: str, versions: list[Version]) -> Version:
    """Return the version of this configuration; its digest alone will do. Raises `VersionNotFound`."""
    found = [one for one in versions if config_name in (one.config_name, one.config_name.rpartition("-")[2])]
    if not found:
        known = ", ".join(version.config_name for version in versions) or "none"
        raise VersionNotFound(f"{endpoint_name} has no version {config_name}: there are {known}.")
    return found[0]


def config_to_restore(target: Target, endpoint_name: str) -> str:
    """Return the configuration of a deleted endpoint that served last. Raises `EndpointConfigNotFound`.

    With IdleScope a tag of the owner's, idle cleanup deletes endpoints that Slipway did not deploy: of their
    configurations only tags say it.
    """
    try:
        return config_to_wake(endpoint_name, Boto3SageMaker(target.client("sagemaker"))).config_name
    except EndpointConfigNotFound:
        found = config_by_tags(endpoint_name, Boto3TagIndex(target.client("resourcegroupstaggingapi")))
        if found is None:
            raise
        return found


def config_by_tags(endpoint_name: str, index: TagIndex) -> str | None:
    """Return the configuration of an endpoint that served last, by their tags; None where none says so."""
    pages = retrier_for(MAX_SECONDS).pages
    tagged = pages(lambda token: index.tagged(("endpoint-config",), ENDPOINT, endpoint_name, token))
    served = [one for one in tagged if last_served(one[1])]
    arn, tags = max(served, key=lambda one: last_served(one[1]), default=("", {}))
    return name_of(arn, tags) if arn else None


def _states(sagemaker: Boto3SageMaker, endpoint_name: str) -> dict[str, str]:
    try:
        endpoint = sagemaker.describe_endpoint(endpoint_name)
    except NotFound:
        return {}
    pending = pending_config(endpoint)
    creating = endpoint["EndpointStatus"] == "Creating"
    states = {str(endpoint["EndpointConfigName"]): "Pending" if creating else "Serving"}
    return {**states, pending: "Pending"} if pending else states


def _adopted_config(sagemaker: Boto3SageMaker, endpoint_name: str) -> list[str]:
    """Return what served before the stack took the endpoint over, if it did."""
    try:
        tags = sagemaker.tags(sagemaker.describe_endpoint(endpoint_name)["EndpointArn"])
    except NotFound:
        return []
    return [tags[ADOPTED_CONFIG]] if ADOPTED_CONFIG in tags else []


def _as_served(version: Version) -> Version:
    """Return a version that another owner put into service after it was created."""
    return replace(version, tags={**version.tags, IN_SERVICE_AT: format_instant(version.created)})


def _is_ours(version: Version, stack: str, endpoint_name: str) -> bool:
    return (version.tags.get(STACK), version.endpoint_name) == (stack, endpoint_name)
