"""Another configuration than the wanted one is in service: SageMaker rolled back, or another deployment came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_reader import TagReader
from slipway.deployment.deployment import Deployment
from slipway.deployment.ordering import REQUESTED_AT
from slipway.errors import NewerDeploymentInPlace, NotFound
from slipway.failure.explain_failure import WHILE_IN_SERVICE, Failure
from slipway.hosting.newer_deployment import is_newer_in_place, tags_of_serving_config

ROLLED_BACK = "DeploymentRolledBack"  # the workflow's name for it, in IsEndpointInService
DELETED = "EndpointDeleted"
NO_REASON = (
    "The previous configuration was put back, and SageMaker gave no reason: it rolled back, or a newer deployment of "
    "the same version failed its test."
)
NO_REASON_SEEN = "SageMaker put the previous configuration back; its reason was not seen."
OLDER_SERVES = "An older deployment had waited, and serves now."


def resolve_other_config(
    failure: Failure, deployment: Deployment, since: str, replaced: str | None, sagemaker: SageMaker
) -> Failure:
    """Return the failure under its true name: `NewerDeploymentInPlace`, `DeploymentRolledBack` or `EndpointDeleted`.

    `since` is when the deployment began to change the endpoint (ISO 8601), `replaced` the configuration that served
    before the update.
    """
    if failure["Error"] != ROLLED_BACK:
        return failure
    name, tags = deployment.endpoint_name, TagReader(sagemaker)
    try:
        endpoint = sagemaker.describe_endpoint(name)
    except NotFound:
        return _renamed(failure, DELETED, f"The endpoint {name} was deleted before this deployment was seen to end.")
    if not _is_older_in_place(deployment, endpoint, replaced, sagemaker, tags):
        cause = f"The endpoint {name} was taken over by another deployment before this one was seen to end."
        return _renamed(failure, NewerDeploymentInPlace.__name__, cause)
    if _is_created_again(deployment, endpoint, since, tags):
        cause = f"The endpoint {name} was deleted before this deployment was seen to end."
        return _renamed(failure, DELETED, f"{cause} {OLDER_SERVES}")
    if endpoint["EndpointConfigName"] == replaced:
        return _renamed(failure, ROLLED_BACK, failure["Cause"] or NO_REASON)
    return _renamed(failure, ROLLED_BACK, f"{failure['Cause'] or NO_REASON_SEEN} {OLDER_SERVES}")


def is_overtaken(failure: Failure, deployment: Deployment, sagemaker: SageMaker) -> bool:
    """Say whether a newer deployment has requested what a failed smoke test or traffic analysis found in service."""
    if failure["State"] not in WHILE_IN_SERVICE:
        return False
    try:
        endpoint = sagemaker.describe_endpoint(deployment.endpoint_name)
    except NotFound:
        return False
    return is_newer_in_place(deployment.requested_at, endpoint, sagemaker, TagReader(sagemaker))


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


def _renamed(failure: Failure, error: str, cause: str) -> Failure:
    return Failure(State=failure["State"], Error=error, Cause=cause)
