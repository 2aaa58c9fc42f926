"""Another configuration than the wanted one is in service: SageMaker rolled back, or another deployment came first."""

from __future__ import annotations

from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_reader import TagReader
from slipway.deployment.deployment import Deployment
from slipway.errors import NewerDeploymentInPlace, NotFound
from slipway.failure.explain_failure import Failure
from slipway.hosting.newer_deployment import is_newer_in_place

ROLLED_BACK = "DeploymentRolledBack"  # the workflow's name for it, in IsEndpointInService


def resolve_other_config(
    failure: Failure, deployment: Deployment, replaced: str | None, sagemaker: SageMaker
) -> Failure:
    """Return the failure under its true name: `NewerDeploymentInPlace` or `DeploymentRolledBack`.

    `replaced` is the configuration that served before the update. In service again, it is a rollback - or a newer
    deployment of the same content: then its tags, or the endpoint's, say that it was requested later.
    """
    if failure["Error"] != ROLLED_BACK:
        return failure
    name = deployment.endpoint_name
    try:
        endpoint = sagemaker.describe_endpoint(name)
        is_rollback = endpoint["EndpointConfigName"] == replaced and not is_newer_in_place(
            deployment.requested_at, endpoint, sagemaker, TagReader(sagemaker)
        )
    except NotFound:
        is_rollback = False  # deleted since: another deployment, or a person, decided about the endpoint
    if is_rollback:
        reason = failure["Cause"] or "SageMaker put the previous configuration back and gave no reason."
        return Failure(State=failure["State"], Error=ROLLED_BACK, Cause=reason)
    return Failure(
        State=failure["State"],
        Error=NewerDeploymentInPlace.__name__,
        Cause=f"The endpoint {name} was taken over by another deployment before this one was seen to end.",
    )
