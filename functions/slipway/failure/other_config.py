"""Another configuration than the wanted one is in service: SageMaker rolled back, or another deployment came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_reader import TagReader
from slipway.deployment.deployment import Deployment
from slipway.deployment.ordering import REQUESTED_AT, is_newer
from slipway.deployment.tags import ENDPOINT, RESTORED_AT, RESTORED_FROM
from slipway.deployment.timestamps import is_since
from slipway.errors import NewerDeploymentInPlace, NotFound
from slipway.failure.explain_failure import Failure
from slipway.hosting.newer_deployment import is_newer_in_place, tags_of_serving_config

ROLLED_BACK = "DeploymentRolledBack"  # the workflow's name for it, in IsEndpointInService
DELETING, DELETED = "EndpointDeleting", "EndpointDeleted"
NOT_FOUND = "Could not find endpoint"
NO_REASON = "The previous configuration was put back, and SageMaker's reason was not seen."
RESTORED = "Another deployment of the same version failed, and put the previous configuration back."
OLDER_SERVES = "An older deployment had waited, and serves now."
REQUESTED_AGAIN = "A newer deployment requested the same version; its result says what became of it."
HAS_SERVED = "The endpoint served this version until another deployment took its place."


@dataclass(frozen=True)
class Change:
    """What a deployment did to its endpoint.

    `since` is when it began (ISO 8601), `replaced` the configuration that served before the update, `config_arn` its
    own one. `has_served` says that the endpoint was seen to serve it, and to be updated to another one.
    """

    since: str
    replaced: str | None
    config_arn: str | None
    has_served: bool

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Change:
        """Return what the workflow has seen."""
        return cls(
            request["Since"], request["ReplacedEndpointConfigName"], request["EndpointConfigArn"], request["HasServed"]
        )


def resolve_other_config(failure: Failure, deployment: Deployment, change: Change, sagemaker: SageMaker) -> Failure:
    """Return the failure under its true name: `NewerDeploymentInPlace`, `DeploymentRolledBack` or `EndpointDeleted`."""
    is_gone, tags = _is_gone(failure), TagReader(sagemaker)
    if not is_gone and failure["Error"] != ROLLED_BACK:
        return failure
    endpoint = None if is_gone else _described(deployment.endpoint_name, sagemaker)
    if endpoint and not _is_older_in_place(deployment, endpoint, change.replaced, sagemaker, tags):
        cause = f"The endpoint {deployment.endpoint_name} was taken over by another deployment before this one ended."
        return _superseded(failure, cause)
    if endpoint and not _is_created_again(deployment, endpoint, change.since, tags):
        return _put_back(failure, change, endpoint, tags)
    if _is_requested_again(deployment, change, tags):
        return _superseded(failure, REQUESTED_AGAIN)
    cause = f"The endpoint {deployment.endpoint_name} was deleted before this deployment was seen to end."
    return failure if is_gone else _renamed(failure, DELETED, f"{cause} {OLDER_SERVES}" if endpoint else cause)


def _put_back(failure: Failure, change: Change, endpoint: Mapping[str, Any], tags: TagReader) -> Failure:
    cause = failure["Cause"]
    if not cause and _is_taken_out(change, tags.of(endpoint["EndpointArn"])):
        return _superseded(failure, RESTORED)
    if change.has_served:
        return _superseded(failure, HAS_SERVED)
    if endpoint["EndpointConfigName"] == change.replaced:
        return _renamed(failure, ROLLED_BACK, cause or NO_REASON)
    return _renamed(failure, ROLLED_BACK, f"{cause or NO_REASON} {OLDER_SERVES}")


def _described(name: str, sagemaker: SageMaker) -> Mapping[str, Any] | None:
    try:
        return sagemaker.describe_endpoint(name)
    except NotFound:
        return None


def _is_gone(failure: Failure) -> bool:
    return failure["Error"] == DELETING or (failure["State"] == "DescribeEndpoint" and NOT_FOUND in failure["Cause"])


def _is_requested_again(deployment: Deployment, change: Change, tags: TagReader) -> bool:
    """Say whether a newer deployment of this endpoint has requested the same configuration.

    Where that is gone, the newer one removed it because it failed, or a person did: nothing says which.
    """
    found = tags.if_readable(change.config_arn)
    return found.get(ENDPOINT) == deployment.endpoint_name and is_newer(found, deployment.requested_at)


def _is_taken_out(change: Change, tags: Mapping[str, str]) -> bool:
    """Say whether a restoration has taken this deployment's configuration out of service."""
    return is_since(tags.get(RESTORED_AT, ""), change.since) and tags.get(RESTORED_FROM) == change.config_arn


def _is_older_in_place(
    deployment: Deployment,
    endpoint: Mapping[str, Any],
    replaced: str | None,
    sagemaker: SageMaker,
    tags: TagReader,
) -> bool:
    """Say whether what serves was requested before this deployment.

    It is what served before the update, or that of an older deployment. Such a one leaves a newer one that serves
    alone: it had its turn because this one did not come into service.
    """
    if is_newer_in_place(deployment.requested_at, endpoint, sagemaker, tags):
        return False
    is_replaced = endpoint["EndpointConfigName"] == replaced
    return is_replaced or REQUESTED_AT in tags_of_serving_config(endpoint, sagemaker, tags)


def _is_created_again(deployment: Deployment, endpoint: Mapping[str, Any], since: str, tags: TagReader) -> bool:
    is_later = endpoint["CreationTime"] > datetime.fromisoformat(since)
    return is_later and not deployment.created(tags.of(endpoint["EndpointArn"]))


def _superseded(failure: Failure, cause: str) -> Failure:
    return _renamed(failure, NewerDeploymentInPlace.__name__, cause)


def _renamed(failure: Failure, error: str, cause: str) -> Failure:
    return Failure(State=failure["State"], Error=error, Cause=cause)
